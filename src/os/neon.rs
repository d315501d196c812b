//! The build for ARMv7 with NEON on a processor without: it says so and stops. Anything compiled for NEON, the standard
//! library's own start included, would end in an illegal instruction.

/// `HWCAP_NEON` of 32-bit ARM.
const NEON: u64 = 1 << 12;

/// Whether the kernel says that there is no NEON. Where it says nothing at all, that is not known.
fn is_missing(hwcap: u64) -> bool {
    hwcap != 0 && hwcap & NEON == 0
}

#[cfg(arm_neon)]
mod start {
    use nix::libc;

    const SENTENCE: &[u8] =
        b"tinyrsyncd: this processor has no NEON: take the armv6 build (arm-unknown-linux-musleabihf)\n";

    /// The C library calls what stands in this section before `main`, and so before Rust's own start.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static CHECK: extern "C" fn() = check;

    extern "C" fn check() {
        // SAFETY: all three may be called before `main`; the bytes live for ever.
        unsafe {
            if super::is_missing(libc::getauxval(libc::AT_HWCAP).into()) {
                libc::write(2, SENTENCE.as_ptr().cast(), SENTENCE.len());
                libc::_exit(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_without_neon_is_told_apart() {
        // As /proc/self/auxv has them: Armada 370 (half thumb fastmult vfp edsp vfpv3 vfpv3d16 tls), and a Pi 2.
        assert!(is_missing(0x0000_a0d6));
        assert!(!is_missing(0x003f_b0d6));
        assert!(!is_missing(0), "no word from the kernel");
    }
}

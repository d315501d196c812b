//! Tells the source whether it is compiled for 32-bit ARM with NEON (`cfg(arm_neon)`): the compiler itself says so only
//! about features that it calls stable.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    println!("cargo::rustc-check-cfg=cfg(arm_neon)");
    let arm = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "arm");
    let neon = std::env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("+neon"));
    if arm && neon {
        println!("cargo::rustc-cfg=arm_neon");
    }
}

//! MD4 (RFC 1320) and MD5 (RFC 1321) over lanes.

use super::Lanes;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hash) enum Kind {
    /// RFC 1320.
    Md4,
    /// RFC 1321.
    Md5,
}

/// The state that both begin with.
pub(super) const INITIAL: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// Takes one chunk a lane into the state.
#[inline(always)]
pub(super) fn compress<V: Lanes>(kind: Kind, state: &mut [V; 4], m: &V::Words) {
    let before = *state;
    *state = match kind {
        Kind::Md4 => md4::<V, 2>(md4::<V, 1>(md4::<V, 0>(before, m), m), m),
        Kind::Md5 => md5::<V, 3>(md5::<V, 2>(md5::<V, 1>(md5::<V, 0>(before, m), m), m), m),
    };
    state.iter_mut().zip(before).for_each(|(word, before)| *word = word.add(before));
}

/// A round in groups of four steps, after each of which the registers stand where they stood. A step is
/// `a = b + ((a + f(b, c, d) + word + constant) <<< rotation)`; MD4 has no `b +` and one constant a round.
macro_rules! round {
    ($step:ident $f:ident ($m:ident $a:ident $b:ident $c:ident $d:ident) ($l0:literal $l1:literal $l2:literal $l3:literal)
     $($w0:literal $k0:literal, $w1:literal $k1:literal, $w2:literal $k2:literal, $w3:literal $k3:literal;)+) => {{
        $(
            $a = $step::<V, $l0, { 32 - $l0 }>($a, $b, $f($b, $c, $d), V::word::<$w0>($m), $k0);
            $d = $step::<V, $l1, { 32 - $l1 }>($d, $a, $f($a, $b, $c), V::word::<$w1>($m), $k1);
            $c = $step::<V, $l2, { 32 - $l2 }>($c, $d, $f($d, $a, $b), V::word::<$w2>($m), $k2);
            $b = $step::<V, $l3, { 32 - $l3 }>($b, $c, $f($c, $d, $a), V::word::<$w3>($m), $k3);
        )+
    }};
}

/// Round `N` of 3.
#[inline(always)]
pub(super) fn md4<V: Lanes, const N: usize>([mut a, mut b, mut c, mut d]: [V; 4], m: &V::Words) -> [V; 4] {
    match N {
        0 => round! { md4_step choose (m a b c d) (3 7 11 19)
            0 0, 1 0, 2 0, 3 0;
            4 0, 5 0, 6 0, 7 0;
            8 0, 9 0, 10 0, 11 0;
            12 0, 13 0, 14 0, 15 0;
        },
        1 => round! { md4_step majority (m a b c d) (3 5 9 13)
            0 0x5a82_7999, 4 0x5a82_7999, 8 0x5a82_7999, 12 0x5a82_7999;
            1 0x5a82_7999, 5 0x5a82_7999, 9 0x5a82_7999, 13 0x5a82_7999;
            2 0x5a82_7999, 6 0x5a82_7999, 10 0x5a82_7999, 14 0x5a82_7999;
            3 0x5a82_7999, 7 0x5a82_7999, 11 0x5a82_7999, 15 0x5a82_7999;
        },
        _ => round! { md4_step parity (m a b c d) (3 9 11 15)
            0 0x6ed9_eba1, 8 0x6ed9_eba1, 4 0x6ed9_eba1, 12 0x6ed9_eba1;
            2 0x6ed9_eba1, 10 0x6ed9_eba1, 6 0x6ed9_eba1, 14 0x6ed9_eba1;
            1 0x6ed9_eba1, 9 0x6ed9_eba1, 5 0x6ed9_eba1, 13 0x6ed9_eba1;
            3 0x6ed9_eba1, 11 0x6ed9_eba1, 7 0x6ed9_eba1, 15 0x6ed9_eba1;
        },
    }
    [a, b, c, d]
}

/// Round `N` of 4.
#[inline(always)]
pub(super) fn md5<V: Lanes, const N: usize>([mut a, mut b, mut c, mut d]: [V; 4], m: &V::Words) -> [V; 4] {
    match N {
        0 => round! { md5_step choose (m a b c d) (7 12 17 22)
            0 0xd76a_a478, 1 0xe8c7_b756, 2 0x2420_70db, 3 0xc1bd_ceee;
            4 0xf57c_0faf, 5 0x4787_c62a, 6 0xa830_4613, 7 0xfd46_9501;
            8 0x6980_98d8, 9 0x8b44_f7af, 10 0xffff_5bb1, 11 0x895c_d7be;
            12 0x6b90_1122, 13 0xfd98_7193, 14 0xa679_438e, 15 0x49b4_0821;
        },
        1 => round! { md5_step choose_by_last (m a b c d) (5 9 14 20)
            1 0xf61e_2562, 6 0xc040_b340, 11 0x265e_5a51, 0 0xe9b6_c7aa;
            5 0xd62f_105d, 10 0x0244_1453, 15 0xd8a1_e681, 4 0xe7d3_fbc8;
            9 0x21e1_cde6, 14 0xc337_07d6, 3 0xf4d5_0d87, 8 0x455a_14ed;
            13 0xa9e3_e905, 2 0xfcef_a3f8, 7 0x676f_02d9, 12 0x8d2a_4c8a;
        },
        2 => round! { md5_step parity (m a b c d) (4 11 16 23)
            5 0xfffa_3942, 8 0x8771_f681, 11 0x6d9d_6122, 14 0xfde5_380c;
            1 0xa4be_ea44, 4 0x4bde_cfa9, 7 0xf6bb_4b60, 10 0xbebf_bc70;
            13 0x289b_7ec6, 0 0xeaa1_27fa, 3 0xd4ef_3085, 6 0x0488_1d05;
            9 0xd9d4_d039, 12 0xe6db_99e5, 15 0x1fa2_7cf8, 2 0xc4ac_5665;
        },
        _ => round! { md5_step odd (m a b c d) (6 10 15 21)
            0 0xf429_2244, 7 0x432a_ff97, 14 0xab94_23a7, 5 0xfc93_a039;
            12 0x655b_59c3, 3 0x8f0c_cc92, 10 0xffef_f47d, 1 0x8584_5dd1;
            8 0x6fa8_7e4f, 15 0xfe2c_e6e0, 6 0xa301_4314, 13 0x4e08_11a1;
            4 0xf753_7e82, 11 0xbd3a_f235, 2 0x2ad7_d2bb, 9 0xeb86_d391;
        },
    }
    [a, b, c, d]
}

#[inline(always)]
fn md4_step<V: Lanes, const L: i32, const R: i32>(a: V, _b: V, f: V, word: V, constant: u32) -> V {
    // `f` last: it hangs on the step before, the rest does not.
    let ready = if constant == 0 { a.add(word) } else { a.add(word.add(V::splat(constant))) };
    ready.add(f).rotate::<L, R>()
}

#[inline(always)]
fn md5_step<V: Lanes, const L: i32, const R: i32>(a: V, b: V, f: V, word: V, constant: u32) -> V {
    a.add(word.add(V::splat(constant))).add(f).rotate::<L, R>().add(b)
}

#[inline(always)]
fn choose<V: Lanes>(b: V, c: V, d: V) -> V {
    b.select(c, d)
}

#[inline(always)]
fn choose_by_last<V: Lanes>(b: V, c: V, d: V) -> V {
    d.select(b, c)
}

#[inline(always)]
fn majority<V: Lanes>(b: V, c: V, d: V) -> V {
    // Where `c` and `d` agree they are the majority, else `b` decides. `b` is the newest.
    c.xor(d).select(b, c)
}

#[inline(always)]
fn parity<V: Lanes>(b: V, c: V, d: V) -> V {
    b.xor(c.xor(d))
}

#[inline(always)]
fn odd<V: Lanes>(b: V, c: V, d: V) -> V {
    c.xor(b.or_not(d))
}

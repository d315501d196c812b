//! Nanoseconds a byte of the sums that a session makes: `cargo bench --bench hash`. The best of some runs, since what
//! disturbs a run only lengthens it.

use std::{hint::black_box, time::Instant};

use tinyrsyncd::hash::{Algorithm, BlockSpec, BlockSummer, block_sum, block_sums, rolling::sum1};

const BYTES: usize = 4 << 20;
const RUNS: usize = 15;

fn main() {
    let data: Vec<u8> = (0..BYTES as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    println!("{:>7}  {:8} {:>9} {:>9} {:>9}", "block", "", "single", "summer", "many+sum1");
    for block_len in [700, 8192, 131_072] {
        let rolling = best(|| each_block(&data, block_len, |block| _ = black_box(sum1(block).value())));
        println!("{block_len:>7}  {:8} {rolling:>9.4}", "sum1");
        for algorithm in
            [Algorithm::Md4, Algorithm::Md5, Algorithm::Sha1, Algorithm::Xxh64, Algorithm::Xxh3, Algorithm::Xxh128]
        {
            let spec = BlockSpec { algorithm, seed: 0x1234_5678, seed_first: true };
            let summer = BlockSummer::new(spec);
            let single = best(|| each_block(&data, block_len, |block| _ = black_box(block_sum(&spec, block))));
            let kept = best(|| each_block(&data, block_len, |block| _ = black_box(summer.sum(block))));
            let many =
                best(|| block_sums(&spec, black_box(&data), block_len, &mut |weak, sum| _ = black_box((weak, *sum))));
            println!("{block_len:>7}  {:8} {single:>9.4} {kept:>9.4} {many:>9.4}", algorithm.name());
        }
    }
}

fn each_block(data: &[u8], block_len: usize, sum: impl Fn(&[u8])) {
    data.chunks(block_len).for_each(|block| sum(black_box(block)));
}

fn best(mut run: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos() as f64
    };
    (0..RUNS).map(time).fold(f64::MAX, f64::min) / BYTES as f64
}

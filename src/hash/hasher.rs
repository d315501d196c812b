//! One stream into one strong sum, seed included.

use md4::Md4;
use md5::{Digest, Md5};
use sha1::Sha1;
use xxhash_rust::{xxh3::Xxh3, xxh64::Xxh64};

use super::{Algorithm, Sum};

/// How the sum of one block is made (transfer.md §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSpec {
    /// The checksum of the transfer.
    pub algorithm: Algorithm,
    /// The seed of the session; 0 mixes nothing in.
    pub seed: i32,
    /// The seed's four bytes stand before the data: MD5 under the compat flag CHKSUM_SEED_FIX, and SHA-1. MD4 has them
    /// behind the data always; the xxh family takes the seed as the hash's own.
    pub seed_first: bool,
}

/// How the sum of a whole file is made (transfer.md §2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSpec {
    /// The bare digest; also the sums of `--checksum` in the file list.
    Plain(Algorithm),
    /// Protocols 27 to 29: MD4 of the seed's four bytes, even when they are zero, then the content.
    OldMd4 {
        /// The seed of the session.
        seed: i32,
    },
}

/// A stream being summed. One value serves any number of files or blocks of the same kind: [`finish`](Self::finish)
/// and [`reset`](Self::reset) make it as new without touching the heap.
#[derive(Clone)]
pub struct Hasher {
    core: Core,
    before: SeedBytes,
    after: SeedBytes,
}

/// The seed where it is a part of the hashed bytes.
pub(super) type SeedBytes = Option<[u8; 4]>;

#[derive(Clone)]
enum Core {
    None,
    Md4(Md4),
    Md5(Md5),
    Sha1(Sha1),
    Xxh64 { state: Xxh64, seed: u64 },
    // 600 bytes, where the others take about 100.
    Xxh3(Box<Xxh3>),
    Xxh128(Box<Xxh3>),
}

impl BlockSpec {
    /// The seed's bytes that stand before and after a block's data.
    pub(super) fn seed_bytes(&self) -> (SeedBytes, SeedBytes) {
        let bytes = (self.seed != 0).then(|| self.seed.to_le_bytes());
        match self.algorithm {
            Algorithm::Md5 | Algorithm::Sha1 if self.seed_first => (bytes, None),
            Algorithm::Md4 | Algorithm::Md5 | Algorithm::Sha1 => (None, bytes),
            Algorithm::None | Algorithm::Xxh64 | Algorithm::Xxh3 | Algorithm::Xxh128 => (None, None),
        }
    }

    /// The seed as the xxh family takes it: sign-extended, so that a negative one fills the high half with ones.
    pub(super) fn seed64(&self) -> u64 {
        i64::from(self.seed).cast_unsigned()
    }
}

impl Hasher {
    /// A hasher for whole files.
    pub fn for_file(spec: FileSpec) -> Self {
        match spec {
            FileSpec::Plain(algorithm) => Self::new(Core::new(algorithm, 0), (None, None)),
            FileSpec::OldMd4 { seed } => Self::new(Core::new(Algorithm::Md4, 0), (Some(seed.to_le_bytes()), None)),
        }
    }

    /// A hasher for single blocks that come in pieces. A block in one piece is faster in [`super::block_sum`].
    pub fn for_block(spec: BlockSpec) -> Self {
        Self::new(Core::new(spec.algorithm, spec.seed64()), spec.seed_bytes())
    }

    /// Forgets what was put in since the last [`finish`](Self::finish).
    pub fn reset(&mut self) {
        self.core.reset();
        self.put_seed_before();
    }

    /// Puts the next bytes in; their division into calls has no influence.
    pub fn update(&mut self, data: &[u8]) {
        self.core.update(data);
    }

    /// The sum of everything since the last reset, which also happens here.
    pub fn finish(&mut self) -> Sum {
        if let Some(seed) = self.after {
            self.core.update(&seed);
        }
        let sum = self.core.finish();
        self.put_seed_before();
        sum
    }

    fn new(core: Core, (before, after): (SeedBytes, SeedBytes)) -> Self {
        let mut hasher = Self { core, before, after };
        hasher.put_seed_before();
        hasher
    }

    fn put_seed_before(&mut self) {
        if let Some(seed) = self.before {
            self.core.update(&seed);
        }
    }
}

impl Core {
    fn new(algorithm: Algorithm, seed: u64) -> Self {
        match algorithm {
            Algorithm::None => Self::None,
            Algorithm::Md4 => Self::Md4(Md4::new()),
            Algorithm::Md5 => Self::Md5(Md5::new()),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Xxh64 => Self::Xxh64 { state: Xxh64::new(seed), seed },
            Algorithm::Xxh3 => Self::Xxh3(Box::new(Xxh3::with_seed(seed))),
            Algorithm::Xxh128 => Self::Xxh128(Box::new(Xxh3::with_seed(seed))),
        }
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::None => {}
            Self::Md4(state) => state.update(data),
            Self::Md5(state) => state.update(data),
            Self::Sha1(state) => state.update(data),
            Self::Xxh64 { state, .. } => state.update(data),
            Self::Xxh3(state) | Self::Xxh128(state) => state.update(data),
        }
    }

    fn finish(&mut self) -> Sum {
        let sum = match self {
            Self::None => Sum::new(&[0]),
            Self::Md4(state) => return Sum::new(&state.finalize_reset()),
            Self::Md5(state) => return Sum::new(&state.finalize_reset()),
            Self::Sha1(state) => return Sum::new(&state.finalize_reset()),
            Self::Xxh64 { state, .. } => Sum::new(&state.digest().to_le_bytes()),
            Self::Xxh3(state) => Sum::new(&state.digest().to_le_bytes()),
            Self::Xxh128(state) => Sum::new(&state.digest128().to_le_bytes()),
        };
        self.reset();
        sum
    }

    fn reset(&mut self) {
        match self {
            Self::None => {}
            Self::Md4(state) => Digest::reset(state),
            Self::Md5(state) => Digest::reset(state),
            Self::Sha1(state) => Digest::reset(state),
            Self::Xxh64 { state, seed } => state.reset(*seed),
            Self::Xxh3(state) | Self::Xxh128(state) => state.reset(),
        }
    }
}

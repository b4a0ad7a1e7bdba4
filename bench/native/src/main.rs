//! Runs a data transform on the wasmtime crate, with no Python anywhere: what rpkpy's engine is measured against.
//!
//! It does what that engine does, in the way that suits Rust best: host functions are plain Rust, the guest's `_start`
//! runs from the first feed to the last, records are copied straight from the file that was read into the guest's
//! memory and from there into the output batch. A feed is what a fetch would bring, a run of v2 record batches; its
//! checksums are tested before the guest sees it, and at its end the batches of each output topic are finished
//! (LogAppendTime, CRC-32C). The limits are the broker's: 6e9 fuel for start-up and again for each record, one memory
//! of 2 MiB (or `--memory`), one table of 16384 elements, a 64 KiB stack; its WASI, too (wasi.rs).
//!
//!     native-host MODULE FEED [--feed-batches N] [--repeats N] [--topic NAME]... [--env KEY=VALUE]...
//!                             [--memory BYTES] [--trust-crc] [--output FILE]
//!
//! FEED holds uncompressed v2 batches, one after the other. N batches make a feed (0: all of them, the default). All
//! feeds are given once as a warm-up, whose output goes to FILE, then `--repeats` times (default 1) on the clock.
//! `--trust-crc` leaves the input's checksums alone. Prints one JSON object: feeds, records in and out of the timed
//! rounds, their CPU time (of the thread that runs the guest) and wall time in seconds, and records per second of each.
//!
//! Left out, as no benchmark needs it: compressed input, logs (counted and dropped), restarts, the schema registry (a
//! call of one of its functions traps).

mod batch;
mod feeds;
mod transform;
mod wasi;

use feeds::{Done, Feeds};
use std::fs::{self, File};
use std::process::ExitCode;
use transform::{FUEL, State};
use wasi::System;
use wasmtime::error::Context as _;
use wasmtime::{Config, Engine, Linker, Module, Result, Store, StoreLimits, StoreLimitsBuilder, bail, format_err};

const MEMORY_BYTES: usize = 2 * 1024 * 1024;
const TABLE_ELEMENTS: usize = 16_384;
const STACK_BYTES: usize = 64 * 1024;
const RESERVED_BYTES: u64 = 4 << 30; // the whole address range: no bounds checks, and a memory never moves

struct Options {
    module: String,
    feed: String,
    feed_batches: usize,
    repeats: u64,
    topics: Vec<String>,
    env: Vec<String>,
    memory_bytes: usize,
    check_crc: bool,
    output: Option<String>,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut files = Vec::new();
    let (mut feed_batches, mut repeats, mut check_crc, mut output) = (0, 1, true, None);
    let mut memory_bytes = MEMORY_BYTES;
    let (mut topics, mut env) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format_err!("{argument} needs a value"));
        match argument.as_str() {
            "--feed-batches" => feed_batches = value()?.parse::<usize>().context("--feed-batches takes a number")?,
            "--repeats" => repeats = value()?.parse::<u64>().context("--repeats takes a number")?,
            "--memory" => memory_bytes = value()?.parse::<usize>().context("--memory takes a number")?,
            "--topic" => topics.push(value()?),
            "--env" => env.push(value()?),
            "--trust-crc" => check_crc = false,
            "--output" => output = Some(value()?),
            option if option.starts_with('-') => bail!("{option} is not an option"),
            _ => files.push(argument),
        }
    }
    let Ok([module, feed]) = <[String; 2]>::try_from(files) else {
        bail!("it takes two files: a module and the batches to feed it");
    };
    if topics.is_empty() {
        topics.push("output".into());
    }
    Ok(Options { module, feed, feed_batches, repeats, topics, env, memory_bytes, check_crc, output })
}

/// The broker's settings (src/v/wasm/wasmtime.cc), as rpkpy's engine has them.
fn config() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .max_wasm_stack(STACK_BYTES)
        .wasm_multi_memory(true)
        .wasm_relaxed_simd(true)
        .wasm_tail_call(true)
        .wasm_memory64(false)
        .memory_reservation(RESERVED_BYTES)
        .memory_may_move(false);
    config
}

fn limits(memory_bytes: usize) -> StoreLimits {
    let one_each = StoreLimitsBuilder::new().instances(1).memories(1).tables(1);
    one_each.memory_size(memory_bytes).table_elements(TABLE_ELEMENTS).build()
}

fn run(options: &Options) -> Result<String> {
    let data = fs::read(&options.feed).with_context(|| format!("cannot read {}", options.feed))?;
    let output = options.output.as_ref().map(File::create).transpose().context("cannot write the output")?;
    let feeds = Feeds::new(data, options.feed_batches, options.repeats, options.check_crc, output)?;
    if feeds.batches.is_empty() {
        bail!("{} holds no batches", options.feed);
    }
    let mut environment = options.env.clone();
    environment.push("REDPANDA_INPUT_TOPIC=input".into());
    for (index, topic) in options.topics.iter().enumerate() {
        environment.push(format!("REDPANDA_OUTPUT_TOPIC_{index}={topic}"));
    }
    let system = System::new(vec!["native-host".into()], environment);

    let engine = Engine::new(&config())?;
    let module = Module::from_file(&engine, &options.module)?;
    let mut linker = Linker::new(&engine);
    transform::link(&mut linker)?;
    wasi::link(&mut linker, &module)?;
    linker.define_unknown_imports_as_traps(&module)?;
    let mut store = Store::new(&engine, State::new(feeds, system, &options.topics, limits(options.memory_bytes)));
    store.limiter(|state| &mut state.limits);
    store.set_fuel(FUEL)?;
    let instance = linker.instantiate(&mut store, &module)?;
    store.data_mut().memory = instance.get_memory(&mut store, "memory");
    if store.data().memory.is_none() {
        bail!("the module exports no memory");
    }
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    match start.call(&mut store, ()) {
        Err(error) if error.is::<Done>() => Ok(json(store.data())),
        Err(error) => Err(error),
        Ok(()) => bail!("the function _start returned"),
    }
}

fn json(state: &State) -> String {
    let measured = &state.feeds.measured;
    let (cpu_s, wall_s) = (measured.cpu.as_secs_f64(), measured.wall.as_secs_f64());
    let records = measured.records_in as f64;
    format!(
        "{{\"feeds\": {}, \"records_in\": {}, \"records_out\": {}, \"log_events\": {}, \"cpu_s\": {cpu_s:.9}, \
         \"wall_s\": {wall_s:.9}, \"records_per_cpu_s\": {:.0}, \"records_per_wall_s\": {:.0}}}",
        measured.feeds,
        measured.records_in,
        measured.records_out,
        state.system.log_events,
        records / cpu_s,
        records / wall_s,
    )
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(result) => {
            println!("{result}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("native-host: {error:?}");
            ExitCode::FAILURE
        }
    }
}

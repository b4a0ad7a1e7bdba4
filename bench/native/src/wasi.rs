//! WASI preview 1 as the broker answers it: no files, no sockets, the records' time, 9 for a random byte.

use crate::transform::{Guest, State, require};
use wasmtime::{Linker, Module, Result, Val, bail};

const MODULE: &str = "wasi_snapshot_preview1";
const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const INVAL: i32 = 16; // the broker's answer for an unknown clock
const NOSYS: i32 = 52;
const REALTIME: u32 = 0;
const CLOCKS: u32 = 4;
const MS: i64 = 1_000_000; // in nanoseconds

/// What a guest may ask of its system. `now_ms` is the realtime clock: the current record's timestamp.
pub struct System {
    pub now_ms: i64,
    pub log_events: u64,
    monotonic_ns: i64,
    arguments: Vec<String>,
    environment: Vec<String>,
}

impl System {
    pub fn new(arguments: Vec<String>, environment: Vec<String>) -> System {
        System { now_ms: 0, log_events: 0, monotonic_ns: 0, arguments, environment }
    }
}

/// The guest's memory and the host's state.
fn parts<'a>(guest: &'a mut Guest<'_>) -> (&'a mut [u8], &'a mut State) {
    let memory = guest.data().memory();
    memory.data_and_store_mut(guest)
}

fn put_u32(memory: &mut [u8], at: u32, value: u32) -> Result<()> {
    let place = require(memory, at, 4)?;
    memory[place].copy_from_slice(&value.to_le_bytes());
    Ok(())
}

fn get_u32(memory: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(memory[at..at + 4].try_into().expect("four bytes"))
}

fn string_sizes(memory: &mut [u8], strings: &[String], count: u32, bytes: u32) -> Result<i32> {
    put_u32(memory, count, strings.len() as u32)?;
    put_u32(memory, bytes, strings.iter().map(|string| string.len() as u32 + 1).sum())?;
    Ok(SUCCESS)
}

fn strings(memory: &mut [u8], strings: &[String], mut pointer: u32, mut at: u32) -> Result<i32> {
    for string in strings {
        put_u32(memory, pointer, at)?;
        let place = require(memory, at, string.len() + 1)?;
        memory[place.start..place.end - 1].copy_from_slice(string.as_bytes());
        memory[place.end - 1] = 0;
        at = place.end as u32;
        pointer += 4;
    }
    Ok(SUCCESS)
}

fn args_sizes_get(mut guest: Guest<'_>, count: u32, bytes: u32) -> Result<i32> {
    let (memory, state) = parts(&mut guest);
    string_sizes(memory, &state.system.arguments, count, bytes)
}

fn args_get(mut guest: Guest<'_>, pointers: u32, buffer: u32) -> Result<i32> {
    let (memory, state) = parts(&mut guest);
    strings(memory, &state.system.arguments, pointers, buffer)
}

fn environ_sizes_get(mut guest: Guest<'_>, count: u32, bytes: u32) -> Result<i32> {
    let (memory, state) = parts(&mut guest);
    string_sizes(memory, &state.system.environment, count, bytes)
}

fn environ_get(mut guest: Guest<'_>, pointers: u32, buffer: u32) -> Result<i32> {
    let (memory, state) = parts(&mut guest);
    strings(memory, &state.system.environment, pointers, buffer)
}

fn clock_res_get(mut guest: Guest<'_>, clock: u32, out: u32) -> Result<i32> {
    let (memory, _) = parts(&mut guest);
    let place = require(memory, out, 8)?;
    if clock >= CLOCKS {
        return Ok(INVAL);
    }
    memory[place].copy_from_slice(&MS.to_le_bytes());
    Ok(SUCCESS)
}

/// All clocks but the realtime one share a counter that a look moves on by a millisecond.
fn clock_time_get(mut guest: Guest<'_>, clock: u32, _precision: i64, out: u32) -> Result<i32> {
    let (memory, state) = parts(&mut guest);
    let place = require(memory, out, 8)?;
    let system = &mut state.system;
    let now = match clock {
        REALTIME => system.now_ms.wrapping_mul(MS),
        1..CLOCKS => {
            system.monotonic_ns += MS;
            system.monotonic_ns - MS
        }
        _ => return Ok(INVAL),
    };
    memory[place].copy_from_slice(&now.to_le_bytes());
    Ok(SUCCESS)
}

/// Counts the event and lets it go: nobody reads the log here.
fn fd_write(mut guest: Guest<'_>, fd: u32, vectors: u32, count: u32, out: u32) -> Result<i32> {
    let (memory, state) = parts(&mut guest);
    let vectors = require(memory, vectors, count as usize * 8)?;
    require(memory, out, 4)?;
    if fd != 1 && fd != 2 {
        return Ok(NOSYS);
    }
    let mut total = 0u32;
    for vector in vectors.step_by(8) {
        let length = get_u32(memory, vector + 4);
        require(memory, get_u32(memory, vector), length as usize)?;
        total = total.wrapping_add(length);
    }
    state.system.log_events += 1;
    put_u32(memory, out, total)?;
    Ok(SUCCESS)
}

/// Clock subscriptions are over at once, those on descriptors answer NOSYS; nothing ever sleeps.
fn poll_oneoff(mut guest: Guest<'_>, subscriptions: u32, events: u32, count: u32, out: u32) -> Result<i32> {
    let (memory, _) = parts(&mut guest);
    let subscriptions = require(memory, subscriptions, count as usize * 48)?;
    let events = require(memory, events, count as usize * 32)?;
    for (subscription, event) in subscriptions.step_by(48).zip(events.step_by(32)) {
        let kind = memory[subscription + 8];
        if kind > 2 {
            return Ok(NOSYS);
        }
        memory.copy_within(subscription..subscription + 8, event);
        memory[event + 8..event + 32].fill(0);
        memory[event + 8] = if kind == 0 { SUCCESS } else { NOSYS } as u8;
        memory[event + 10] = kind;
    }
    put_u32(memory, out, count)?;
    Ok(SUCCESS)
}

fn random_get(mut guest: Guest<'_>, at: u32, length: u32) -> Result<i32> {
    let (memory, _) = parts(&mut guest);
    let place = require(memory, at, length as usize)?;
    memory[place].fill(9);
    Ok(SUCCESS)
}

/// Link what the broker implements, and NOSYS for whatever else the module imports.
pub fn link(linker: &mut Linker<State>, module: &Module) -> Result<()> {
    linker.allow_shadowing(true); // a module may import a function twice
    for import in module.imports().filter(|import| import.module() == MODULE) {
        if let Some(function) = import.ty().func() {
            linker.func_new(MODULE, import.name(), function.clone(), |_, _, results| {
                results.fill(Val::I32(NOSYS));
                Ok(())
            })?;
        }
    }
    linker.func_wrap(MODULE, "args_get", args_get)?;
    linker.func_wrap(MODULE, "args_sizes_get", args_sizes_get)?;
    linker.func_wrap(MODULE, "clock_res_get", clock_res_get)?;
    linker.func_wrap(MODULE, "clock_time_get", clock_time_get)?;
    linker.func_wrap(MODULE, "environ_get", environ_get)?;
    linker.func_wrap(MODULE, "environ_sizes_get", environ_sizes_get)?;
    linker.func_wrap(MODULE, "fd_prestat_get", |fd: u32, _: u32| if fd > 2 { BADF } else { NOSYS })?;
    linker.func_wrap(MODULE, "fd_write", fd_write)?;
    linker.func_wrap(MODULE, "poll_oneoff", poll_oneoff)?;
    linker.func_wrap(MODULE, "proc_exit", |code: i32| -> Result<()> { bail!("the guest called proc_exit({code})") })?;
    linker.func_wrap(MODULE, "random_get", random_get)?;
    linker.func_wrap(MODULE, "sched_yield", || SUCCESS)?;
    Ok(())
}

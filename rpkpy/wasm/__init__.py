"""WebAssembly modules as bytes: sections, the broker's link table, the broker's verdict. Knows nothing of wasmtime."""

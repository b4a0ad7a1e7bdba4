//! Reads the transform's environment variables. One that is missing ends the transform with a word in its log.
#![allow(dead_code)] // a pattern needs some of it

/// The variable's text, spaces around it dropped.
pub fn text(variable: &str) -> String {
    let text = std::env::var(variable).unwrap_or_default();
    match trim(&text) {
        "" => missing(variable),
        text => text.to_owned(),
    }
}

/// The items of "a, b", of which there is at least one.
pub fn list(variable: &str) -> Vec<String> {
    let text = text(variable);
    let items: Vec<_> = text.split(',').map(trim).filter(|item| !item.is_empty()).map(str::to_owned).collect();
    if items.is_empty() {
        missing(variable);
    }
    items
}

/// The pairs of "a=b, c=d", in order. An item without = is a pair of itself and itself.
pub fn pairs(variable: &str) -> Vec<(String, String)> {
    list(variable)
        .iter()
        .map(|item| item.split_once('=').unwrap_or((item, item)))
        .map(|(name, value)| (trim(name).to_owned(), trim(value).to_owned()))
        .collect()
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn missing(variable: &str) -> ! {
    let line = format!("{variable} is not set\n"); // in one write, which is one log record
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    std::process::exit(1)
}

//! No parameter breaks out of its place, whichever interpreter reads the command line.

use crate::line::line;
use domain::Parameters;
use proptest::prelude::*;

/// As a POSIX shell splits; none when anything in the line would be expanded, end a command or stay open.
fn posix(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '$' | '`' | '\\' | '!' => return None,
            _ if quoted => word.get_or_insert_default().push(c),
            ' ' => words.extend(word.take()),
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' | '[' | '#' | '~' | '{' | '\''
            | '\n' | '\t' | '\r' => return None,
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// As cmd.exe passes it on and a Windows program splits it; none when cmd.exe would do anything else with it.
fn windows(line: &str) -> Option<Vec<String>> {
    if line.contains(['%', '!', '^', '\r', '\n', '\0']) {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut backslashes = 0;
    for c in line.chars() {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        if backslashes > 0 {
            let whole = if c == '"' {
                backslashes / 2
            } else {
                backslashes
            };
            word.get_or_insert_default().push_str(&"\\".repeat(whole));
            if c == '"' && backslashes % 2 == 1 {
                word.get_or_insert_default().push('"');
                backslashes = 0;
                continue;
            }
            backslashes = 0;
        }
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            '&' | '|' | '<' | '>' | '(' | ')' if !quoted => return None,
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// As PowerShell splits it behind `-Command`; none when anything would be expanded. It takes typographic quotes for quotes.
fn powershell(line: &str) -> Option<Vec<String>> {
    let odd = [
        '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{201c}', '\u{201d}', '\u{201e}',
    ];
    if line.contains(['$', '`', '\'']) || line.contains(odd) {
        return None;
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            _ if quoted => word.get_or_insert_default().push(c),
            ' ' => words.extend(word.take()),
            ';' | '|' | '&' | '<' | '>' | '(' | ')' | '{' | '}' | ',' | '#' | '@' | '\n' | '\r' => {
                return None;
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

fn intact(pairs: &[(String, String)]) -> Result<bool, TestCaseError> {
    let named = pairs.iter().map(|(name, value)| (&**name, &**value));
    let Ok(parameters) = Parameters::read(named) else {
        return Ok(false);
    };
    let line = line(&parameters);
    let meant: Vec<String> = pairs
        .iter()
        .flat_map(|(name, value)| [format!("-{name}"), value.clone()])
        .collect();
    for (reader, read) in [
        ("a POSIX shell", posix(&line)),
        ("Windows", windows(&line)),
        ("PowerShell", powershell(&line)),
    ] {
        prop_assert_eq!(read.as_ref(), Some(&meant), "{} reads {:?}", reader, line);
    }
    // With the quotes gone, as behind powershell.exe -File, an argument that begins so would be an option.
    for (_, value) in pairs {
        prop_assert!(!value.starts_with(['-', '/', '@', '+']), "{}", value);
    }
    Ok(true)
}

proptest! {
    #[test]
    fn no_parameter_breaks_out_of_its_place(pairs in prop::collection::vec((".{0,8}", ".{0,40}"), 0..4)) {
        intact(&pairs)?;
    }

    /// Mostly of what is taken, with one character that may mean something.
    #[test]
    fn no_character_breaks_out_wherever_it_stands(
        name in "[A-Za-z][A-Za-z0-9_]{0,10}",
        before in "[A-Za-z0-9 ._:/-]{0,12}",
        odd in "[\"'`$%!^&|<>;(){}\\[\\]\\\\#*?~\n\r\t\u{201c}\u{201d}\u{2018}\u{ff02}=+,@ ]",
        after in "[A-Za-z0-9 ._:/-]{0,12}",
    ) {
        intact(&[(name, format!("{before}{odd}{after}"))])?;
    }

    /// What is taken is really put to the readers, not refused by way of caution.
    #[test]
    fn an_everyday_value_arrives_as_it_is(
        name in "[A-Za-z][A-Za-z0-9_]{0,10}",
        value in "[A-Za-z0-9][A-Za-z0-9 ._,:@/+=-]{0,30}[A-Za-z0-9]",
    ) {
        prop_assert!(intact(&[(name, value)])?);
    }
}

#[test]
fn the_readers_see_a_break_out() {
    for line in [
        r#"-a "x" & del"#,
        r#"-a "x$(id)""#,
        r#"-a "x`id`""#,
        r#"-a "%PATH%""#,
        r#"-a "x"#,
    ] {
        let read = [posix(line), windows(line), powershell(line)];
        let meant =
            |words: &Option<Vec<String>>| words.as_ref().is_some_and(|words| words.len() == 2);
        assert!(!read.iter().all(meant), "{line}: {read:?}");
    }
}

#[test]
fn the_line_is_in_the_order_of_the_parameters() {
    let parameters = Parameters::read([
        ("User", "john.doe@company.com"),
        ("Path", "C:/Temp/spool files"),
    ]);
    assert_eq!(
        line(&parameters.unwrap()),
        r#"-User "john.doe@company.com" -Path "C:/Temp/spool files""#
    );
    assert_eq!(line(&Parameters::default()), "");
}

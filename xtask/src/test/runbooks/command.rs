//! Shell taken apart into commands, as far as that is needed to know what is called with which words. Whether it is shell
//! at all is shellcheck's to say.

use std::collections::HashMap;

/// Its words, without what is assigned before it, quotes, and where its output goes.
pub(super) type Command = Vec<String>;

/// Each with the line that it begins on; a function's call is what the function calls.
pub(super) fn read(
    code: &[String],
    functions: &mut HashMap<String, String>,
) -> Vec<(usize, Command)> {
    let mut found = Vec::new();
    for (offset, line) in joined(code) {
        if let Some((name, body)) = line.split_once("() {") {
            let body = body.trim().trim_end_matches('}').to_owned();
            functions.insert(name.trim().to_owned(), body);
            continue;
        }
        for command in split(&line) {
            match functions.get(&command[0]) {
                Some(body) => {
                    let called = body.replace("\"$@\"", &command[1..].join(" "));
                    found.extend(split(&called).into_iter().map(|command| (offset, command)));
                }
                None => found.push((offset, command)),
            }
        }
    }
    found
}

/// Lines that end in a backslash with those after them.
fn joined(code: &[String]) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (offset, line) in code.iter().enumerate() {
        let (text, ends_open) =
            line.strip_suffix('\\').map_or((line.as_str(), false), |l| (l, true));
        match lines.last_mut().filter(|_| goes_on) {
            Some((_, last)) => last.push_str(text),
            None => lines.push((offset, text.to_owned())),
        }
        goes_on = ends_open;
    }
    lines
}

fn split(line: &str) -> Vec<Command> {
    let (mut commands, mut words, mut word) = (vec![], vec![], String::new());
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => word.push(letter),
            (None, '\'' | '"') => quote = Some(letter),
            (None, '#') if word.is_empty() => break,
            (None, '|' | ';' | '&' | '(' | ')') => {
                end_word(&mut words, &mut word);
                end_command(&mut commands, &mut words);
            }
            (None, _) if letter.is_whitespace() => end_word(&mut words, &mut word),
            (None, _) => word.push(letter),
        }
    }
    end_word(&mut words, &mut word);
    end_command(&mut commands, &mut words);
    commands
}

fn end_word(words: &mut Command, word: &mut String) {
    let is_redirection =
        word.trim_start_matches(|l: char| l.is_ascii_digit()).starts_with(['<', '>']);
    if !word.is_empty() && !is_redirection && word != "{" && word != "}" {
        words.push(word.clone());
    }
    word.clear();
}

fn end_command(commands: &mut Vec<Command>, words: &mut Command) {
    let is_assignment = |word: &String| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|l| l.is_ascii_uppercase() || l == '_')
        })
    };
    let from = words.iter().position(|word| !is_assignment(word)).unwrap_or(words.len());
    if from < words.len() {
        commands.push(words[from..].to_vec());
    }
    words.clear();
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::read;

    fn commands(code: &[&str]) -> Vec<String> {
        let code: Vec<_> = code.iter().map(|&line| line.to_owned()).collect();
        read(&code, &mut HashMap::new()).into_iter().map(|(_, words)| words.join("·")).collect()
    }

    #[test]
    fn words_are_taken_as_the_shell_takes_them() {
        let code = ["A=1 B=… ops/x.sh --to '2 pm' >out 2>&1 | tail; cd / && ls # not this"];
        assert_eq!(commands(&code), ["ops/x.sh·--to·2 pm", "1", "tail", "cd·/", "ls"]);
        assert_eq!(commands(&["one \\", "  two"]), ["one·two"]);
        assert_eq!(commands(&["./d.sh \"$(sed -n p .env)\""]), ["./d.sh·$(sed -n p .env)"]);
    }

    #[test]
    fn a_call_of_a_function_is_what_it_calls() {
        let code = ["keys() { run server keys \"$@\"; }", "keys add receipt"];
        assert_eq!(commands(&code), ["run·server·keys·add·receipt"]);
    }
}

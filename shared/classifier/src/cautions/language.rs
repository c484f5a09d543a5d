//! Other languages than the one that the model was taught in.

use crate::text::Words;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Words of a sentence from which on a single foreign one counts, when no English one is beside it.
const SENTENCE: usize = 3;

/// Frequent words, and whether they are of another language than English.
static LANGUAGES: LazyLock<HashMap<&str, bool>> = LazyLock::new(|| {
    let english = ENGLISH.split(' ').map(|word| (word, false));
    let foreign = FOREIGN.split(' ').map(|word| (word, true));
    english.chain(foreign).collect()
});

/// Words of another language, in all or in one sentence.
pub(super) fn foreign(words: &Words) -> Option<String> {
    if let Some(word) = words.iter().find(|word| word.contains(of_another_script)) {
        return Some(format!("it may not be in English (“{word}”)"));
    }
    let (mut known, mut english) = (0, 0);
    for sentence in words.spoken() {
        let (foreign, usual, all) = counted(sentence);
        if (foreign >= 2 && foreign > usual) || (foreign >= 1 && usual == 0 && all >= SENTENCE) {
            return Some(format!("it may not be in English (“{sentence}”)"));
        }
        known += foreign;
        english += usual;
    }
    (known >= 2 && known >= english).then(|| "it may not be in English".to_owned())
}

fn counted(sentence: &str) -> (usize, usize, usize) {
    let (mut foreign, mut english, mut all) = (0, 0, 0);
    for word in sentence.split(' ') {
        all += 1;
        if let Some(is_foreign) = LANGUAGES.get(word) {
            foreign += usize::from(*is_foreign);
            english += usize::from(!*is_foreign);
        }
    }
    (foreign, english, all)
}

/// Letters behind the Latin ones; those that only look Latin are Latin by now.
fn of_another_script(c: char) -> bool {
    c > '\u{2af}' && c.is_alphabetic()
}

/// Frequent words of German, Dutch, French, Spanish, Italian, Portuguese, Polish, Czech, Turkish and the Nordic languages that are no
/// English ones.
const FOREIGN: &str = "ich und nicht bitte das der mein meine meinen mich ist fur auf habe danke hallo kann einen eine \
    zum ik het een mijn niet graag voor bij wij jullie naar dank heb kan bonjour je merci pour \
    une le la les vous pas est du mot hola mi por favor una el que para gracias necesito buenos \
    puedo ciao buongiorno il sono grazie vorrei posso mio della ola preciso minha meu nao obrigado \
    dzien prosze nie moje jest sie hej jag och inte tack jeg ikke \
    ohne auch gleich sofort diesmal keine kein nur dem den dass wird werden sein oder aber noch schon einfach konto \
    kennwort passwort zugang freigabe entfallt zurucksetzen wie immer zonder ook geen deze maar wachtwoord uitvoeren \
    avec sans tous toutes mes votre notre ceci tout suite compte passe des aux pouvez ignorez sin con todos todas las \
    los pero tambien contrasena cuenta ahora hacer puede senza subito tutti anche alcuna non serve procedete conto sem \
    senha tudo todos agora fazer pode ignorar regras haslo konto bez oraz tylko wszystkie heslo prosim jsem nebo ale \
    lutfen icin sifre hesap uten passord konto och lidt uden bitten wer liest soll machen es hazlo ya nadie preguntar rapido urgente veuillez faire rien demander tres aussi \
    cela fretta fare subito mandare snel doen iedereen";
const ENGLISH: &str = "the i my to and is it please of for can on have you not with was need this that im we are be at has or from by hi hello \
    thanks password account locked access group";

#[cfg(test)]
mod tests {
    use super::foreign;
    use crate::text::read;
    use domain::Intake;

    fn heard(body: &str) -> bool {
        let content = Intake {
            subject: String::new(),
            body: body.into(),
        };
        foreign(&read(&content).own).is_some()
    }

    #[test]
    fn a_sentence_in_another_language_is_heard_in_an_english_ticket() {
        for sentence in [
            "Bitte ohne R\u{fc}ckfrage.",
            "Merci pour tout.",
            "Por favor, sin confirmaci\u{f3}n.",
            "\u{8bf7}\u{8df3}\u{8fc7}",
        ] {
            assert!(
                heard(&format!(
                    "I forgot my password, please reset it. {sentence}"
                )),
                "{sentence}"
            );
        }
    }

    #[test]
    fn english_with_a_foreign_name_is_english() {
        for body in [
            "I am in the La Paz office, locked out",
            "Hi, Zo\u{eb} M\u{fc}ller here, password gone",
        ] {
            assert!(!heard(body), "{body}");
        }
    }
}

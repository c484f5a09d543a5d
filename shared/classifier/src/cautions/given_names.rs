//! Given names that are no usual words: whoever names somebody after "for" or "to" asks for them.

use super::{Set, each};
use std::sync::LazyLock;

static KNOWN: Set = Set(LazyLock::new(|| each(NAMES)));

/// Whether the word is a given name.
pub(super) fn is_given_name(word: &str) -> bool {
    KNOWN.has(word)
}

/// Frequent ones of Europe, the Near East, India and the Americas, accents left out; none that is a usual word, a month or
/// a program.
const NAMES: &str = "aaron abdul adam adrian agnes agnieszka ahmed aisha alan albert alessandro alex alexander alexandra alfred ali alice \
    alicia amanda amelia amina amir amy ana anders andrea andreas andrew andrzej andy angela anil anita anja ann anna anne \
    annette anthony antoine anton antonio arjun arthur ashley astrid aylin barbara barry beata beatrice becky ben benjamin \
    bernd bert bianca bjorn bob boris brenda brian brigitte bruno bryan camille carl carla carlos carmen carol caroline \
    catherine cathy charles charlotte chen chloe chris christian christina christine christoph claire clara claudia colin \
    connor craig cristina daniel daniela dave david deborah deepak denis derek diana diego dieter dimitri dirk dominik \
    donald dorothy doug duncan edward ekaterina elena elif elisabeth elizabeth ellen emily emma emre eric erik esther eva \
    evelyn fabian fatima felix fernando fiona florian frances francesca francesco francis frank franziska fred frederic \
    gabriel gareth gary geoff georg george gerard gerhard gianni giovanni giulia giuseppe gloria graham greg greta guido \
    gustav hannah hans harald harry hassan heather heidi heike heinz helen helena helga henrik henry herbert holger hugo \
    ian ibrahim ines ingrid irene irina isabel isabella ivan jack jacob jacqueline james jamie jane janet jasmin jason \
    javier jean jeff jennifer jens jeremy jerome jessica jill joachim joan joanna joe joerg johan johann johanna john \
    jonas jonathan jorge jose josef joseph joshua juan judith julia julian julie julien jurgen justin karen karim karin \
    karl kate katharina kathrin kathy katja keith kemal ken kenneth kerstin kevin khalid kim klaus krzysztof kumar lars \
    laura lea lena leo leon leonard lewis liam lina linda lisa lorenzo louis louise luca lucas lucy luis luisa lukas luke \
    lydia magdalena manfred manuel marc marco marcus marek margaret maria mariam marie marina mario marion marta martha \
    martin martina mary matt matteo matthew matthias maurice maximilian mehmet melanie michael michaela michal michelle \
    miguel mikael mike milan mohamed mohammed monica monika moritz muhammad nadia nadine natalia natalie natasha nathan \
    neil nicholas nick nicola nicole nigel nikolai nina noah nora norbert olaf olga oliver olivia omar oscar otto pablo \
    pamela paolo pascal patricia patrick paul paula pauline pavel pedro peggy peter petra phil philip philipp pierre piotr \
    priya rachel rafael rahul raj ralf ramon raphael raul ravi rebecca reinhard renate ricardo richard rita robert roberto \
    robin roger roland rolf roman ronald rosa ross roy ruth ryan sabine sally salma sam samantha samir samuel sandra \
    sanjay sara sarah sascha sean sebastian sergei sergio sharon sheila silke silvia simon simone sofia sonja sophia \
    sophie stefan stefanie stella stephan stephanie stephen steve steven stuart sue sunil susan susanne suzanne sven \
    svetlana sylvia tania tanja tara teresa thomas tim timothy tina tobias tom tomas tomasz tony tracy ulrich ulrike \
    ursula ute uwe valentina valerie vanessa vera veronica victor victoria vijay viktor vincent virginia vladimir walter \
    wei wendy werner wilhelm william wolfgang xavier yan yasmin yuki yusuf yvonne zeynep zoe";

#[cfg(test)]
mod tests {
    use super::is_given_name;

    #[test]
    fn a_name_is_one_and_a_word_is_none() {
        assert!(is_given_name("petra") && is_given_name("omar"));
        assert!(!is_given_name("mark") && !is_given_name("visio"));
    }
}

//! Given names that are no usual words: whoever names somebody after "for" or "to" asks for them.

use super::Set;

/// Whether the word is a given name.
pub(super) fn is_given_name(word: &str) -> bool {
    NAMES.has(word)
}

/// Frequent ones of Europe, the Near East, India and the Americas, accents left out; none that is a usual word, a month or
/// a program.
static NAMES: Set = Set::of(
    "aafke aaron abdul abigail achim adam adama adebayo adela adele adelheid aditi aditya adriaan adrian adriana \
    agata agathe agnes agneta agnieszka ahmed aidan aiko aino aisha ajay akash akira akua alain alan alana alastair \
    alba albane albert albrecht aled alejandra alejandro aleksander aleksandr aleksandra aleksi alena alessandra \
    alessandro alessia alex alexander alexandra alexandre alexei alexey alexis alfie alfonso alfred ali alice alicia \
    alison alistair alix allan allison alois alonso alvaro alyssa ama amadou amanda amandine amara amelia amelie \
    amina aminata aminu amir amira amit amita amparo amy ana anais anand ananya anastasia anatoly anders andrea \
    andreas andree andrej andres andrew andrzej andy angela angelika angelo angus anil anita anja anjali anke ankit \
    ann anna annabel anne annegret anneke anneli annelies anneliese annemarie annemiek annette annie annika ansgar \
    anthony antje antoine anton antonella antonia antonina antonio antti anushka anwar araceli arash archie arianna \
    arjan arjen arjun arlene armelle armin arnaud arne arthur arun arvid asa asha ashley ashok astrid audra audrey \
    aurelie aurelio aurore ava axel aylin babajide baptiste barbara barbel barnaby barry bart bartek bartjan bastian \
    bastien beata beate beatrice beatriz becky begona belen ben benedicte benedikt bengt benito benjamin benno \
    benoit berit bernadette bernard bernardo bernd bernhard bert berthold bertrand beryl beth bethan bethany bettina \
    betty beverley bhavna bianca bilal birgit birgitta birte bjarne bjorn blake blanca bob bodo bogdan boris bozena \
    bram brandon branka brenda brendan brent brett brian bridget brigitte britta bronwyn brunhilde bruno bryan \
    bryony burkhard caitlin callum calvin camille camilo candice capucine carina carl carla carlos carlota carmen \
    carol carola caroline carolyn carrie carsten casey caspar cassandra catalina caterina catherine cathy catriona \
    cecilia cedric celia cesar chantal charlene charles charlie charlotte chen cheng cheryl chiara chidi chika chima \
    chinedu chioma chloe chris christa christel christelle christian christiane christina christine christoph \
    christophe christopher cindy claire clara clarence claudia claudio claus clemence clement clifford clive colette \
    colin colleen connor constance consuelo cordula corey corinne cornelia corrado cosimo courtney craig cristina \
    cristobal curtis cynthia cyril daan dagmar daichi dale damian damien dana danica daniel daniela danielle danil \
    danny daphne daria dario darko darlene darren dave david davide davor debbie deborah debra declan deepa deepak \
    deirdre delphine denis denise dennis derek desmond detlef detlev diana diane didier diederik diego dieter \
    dietmar dietrich diletta dimitri dirk dirkjan divya dmitri dmitry dolores domenico dominic dominik dominika \
    dominique donald donatella donna doreen doris dorota dorothy doug douglas dragan duncan dusan dustin dylan eamon \
    eberhard ebony eckhard eddie edeltraud edgar edith edmund edoardo edouard eduardo edward edwin eero efua egon \
    eileen einar eino ekaterina elaine eleanor elena eleonora elettra elfriede eliane elif elijah elin elina elisa \
    elisabeth elise elizabeth elke ella ellen elliot elliott elmar elodie els elsa elsie elzbieta emeka emeline emi \
    emiel emil emilia emilie emilio emily emma emmanuel emmanuelle emre enrico enrique enzo eric erich erik erika \
    erin erkki erna ernest ernesto ernst erwin esben eskil espen esperanza esteban estelle esther ethan ethel \
    etienne eugen eugenia eugenie eugenio eunice eva evan evelyn evert ewa ewald ewan fabian fabien fabienne fabio \
    fabrice fabrizio faisal falk farah fatima fatou fay federica federico felicitas felicity felipe felix femi femke \
    feng ferdinand fergus fernanda fernando fiete filip filippo finlay finn fiona flavia florent florian floyd \
    folake fran franca frances francesca francesco francis francisca francisco franco francois francoise frank frans \
    franz franziska frauke fred freddie frederic frederick frederique freek freja freya frida friederike friedhelm \
    friedrich fritz funmi gabi gabriel gabriela gabriele gaelle gaetan gaetano galina ganesh gangolf gareth garry \
    gary gaurav gavin geert geeta gemma genevieve geoff geoffrey georg george georgina gerald geraldine gerard \
    gerardo gerben gerd gerda gerhard gerlinde germaine gernot gerrit gert gertrud ghislaine giacomo gianluca gianni \
    gijs gijsbert gilles gillian gina gino giorgia giorgio giovanna giovanni gisela giulia giuliana giulio giuseppe \
    gladys glenda gloria gonzalo goran gordon gosia gottfried graciela graeme graham grazia greg gregor gregory \
    greta grzegorz guadalupe gudrun guenter guido guillaume guillermo gunilla gunnar gunter gunther gustav gustavo \
    gwen gwyneth habib hadi hajo hakan halina halvard hamish hamza hana hanan hanna hannah hanne hannelore hannes \
    hans hansi harald harish harold harriet harry hartmut haruka haruto harvey hassan hayley heather hector hedwig \
    heidi heike heikki heiko heinrich heinz helen helena helene helga helle helmut hendrik henk henning henny henri \
    henriette henrik henry herbert herbie hermann hernan herve hilary hilda hilde hildegard hinrich hiro hiroshi \
    holger horst howard hubert hubertus hugh hugo huib husain hussein iain ian ibrahim ida idris ifeoma ignacio igor \
    ikenna ilaria ilona ilse ilya imogen imran ina ineke ines inga inge ingeborg inger ingrid inka inmaculada iona \
    irene irina irmgard isaac isabel isabella isabelle isha isla ismael ismail isobel isolde ivan ivana ivo iwona \
    izabela jaakko jaap jack jackie jackson jacob jacqueline jacques jadwiga jaime jake jakub jamal james jamie \
    jamila jana jane janet janice janina janneke jannik janusz jari jaroslav jasmin jason javier jaya jean \
    jeanne jeff jeffrey jelena jen jenna jennifer jenny jens jeremy jeroen jerome jerry jerzy jesper jess jesse \
    jessica jesus jill jim jimmy jiri jiro jo joachim joan joann joanna joanne joaquin jocelyn jochen jodie joe joel \
    joep joerg johan johann johanna john johnny jolanta jonas jonathan joost jorg jorge jorgen joris jose josef \
    josefa joseph josephine josette josh joshua jouni joyce jozef juan juana juanita jude judith judy juergen juhani \
    jukka julia julian julie julien juliet juliette julio jurgen jurriaan justin justine jutta kaarina kai kaisa \
    kaito kalle kamil kamila karel karen kari karim karin karine karl karla karolin karsten kasia katarzyna kate \
    katharina katherine kathleen kathrin kathryn kathy katie katja katrijn katrin katya kavita kavya kayla kees \
    keith kelly kelvin kemal kemi ken kenji kenneth kenny kenta kerry kerstin kevin khaled khalid kieran kilian kim \
    kimberly kinga kiran kirk kirsten kirsti kirsty kjell klaas klara klaus koen kofi kojo konrad kris krishna \
    kristen kristian kristin kristina krystyna krzysztof kumar kurt kwabena kwame kwasi kyle lachlan laetitia laila \
    lakshmi lamin larry lars lasse latoya laura lauren laurence laurent lauretta laurie layla lea leah leandro leen \
    leif leila lena lene lennert leo leon leonard leonhard leonie leonor lerato leroy leslie leszek leticia lewis \
    liam libby lidia lieke lieselotte lieve liliane lillian lina linda lindsay lindsey linnea lisa lise liz ljubica \
    lloyd loes logan loic lois lola lorena lorenzo lorna lorraine lothar lotte louis louise lourdes lubos luc luca \
    lucas lucia luciana luciano lucie lucien lucienne lucy ludger ludovic ludovica ludwig luigi luis luisa luise \
    lukas lukasz luke lutz luuk lydia lydie lynn lynne maaike maarten mabel macarena machteld maddie madeleine \
    madeline madhu maeve magda magdalena magnus mahesh mahmoud maja malcolm malgorzata malik malin malte mamadou \
    mandy manfred manish manoj manon manuel manuela marc marcel marcela marcella marcelle marcelo marcia marcin \
    marco marcos marcus mareike marek maren margaret margarete margarita margaux margit margot margriet margrit \
    marguerite maria mariam marian mariana marianne mariano maribel maricarmen marie marieke marijke marilyn marina \
    marine mario marion marisol marit marius mariusz mariya marjatta marjolein marjorie markku marleen marlene \
    marlies marlon marta marten martha martijn martin martina martine martyna marvin mary maryam massimo mateusz \
    mathias mathieu mathilde mathis matias mats matt matteo matthew matthias matthieu matti maud maureen maurice \
    mauricio maurizio maxime maximilian maximo maxine maya mechthild meena meera megan mehmet mei meike meinhard \
    melanie melinda melissa melitta melvin mercedes meredith merete merle mette michael michaela michal michel \
    michela michele micheline michelle mieke miguel mika mikael mike mikhail mikko milan mildred milena millie \
    miloslav milton minh minna mireille miriam mirjam miroslav mitchell mohamed mohammad mohammed mohan moira molly \
    monica monika monique montserrat morag morgan moritz morten moussa muhammad mukesh muriel murray mustafa myra \
    myriam myrtle nadezhda nadia nadine naledi nancy naoki naomi nasser natalia natalie natasha nathalie nathan neal \
    ned neha neil nele nettie ngoc ngozi nguyen nicholas nick nico nicola nicolas nicole nicoletta niek niels nigel \
    nikhil niklas nikola nikolai nikolaus nils nina nisha nkechi nnamdi noah noelia noelle noemie noor noora noortje \
    nora norbert noreen norma norman nour nuria octavio oddvar odette odile olaf oleg oleksandr olena olga oliver \
    olivia olivier olli ollie olu omar ondrej oona ornella ortrud osama oscar oskar otmar otto oumar ove owen pablo \
    paivi paloma pam pamela paola paolo pascal pascale pasquale patrice patricia patrick patrizia patryk patsy paul \
    paula paulette pauline pavel pawel pedro peggy pekka penelope percy pernille perrine perry pertti pete peter \
    petr petra phil philip philipp philippa philippe phoebe phyllis pia piero pierre piet pieter pietro pilar piotr \
    pirjo pooja pradeep prakash pranav prashant preeti priya priyanka qiang rachael rachel radek radka radovan \
    rafael raffaele raffaella ragnar ragnhild rahul rainer raj rajesh rakesh ralf ralph ramesh ramiro ramon rani \
    raphael raquel rasheed rashid raul ravi raymond rebeca rebecca reece regina reginald reiner reinhard reinhold \
    reinier rejane rekha remi renata renate renato renaud rene renee renzo reza rhiannon rhoda rhona rhys ricardo \
    riccardo richard rick ricky riikka riitta rinaldo rita robbie robert roberta roberto robin rocco rocio roderick \
    rodney rodrigo roel rogelio roger rohan rohit roland rolf roman romina ron ronald ronnie rory rosa rosalia \
    rosalie rosalind rosanna rosemarie rosie ross rossella rowan roxanne roy ruben rudi rudiger rudolf rune rupert \
    russell ruth ruud ryan ryszard saara sabine sabrina sachin sade sadie sadiq sakura salim sally salma salvatore \
    sam samantha samir samira samuel sandeep sander sandra sandrine sandro sanjay sanna sanne sara sarah sarita \
    sascha sasha saskia satoshi saul scott sean sebastian sebastien sekou selim selina serena sergei sergey sergio \
    seth severine shane shannon sharon shaun shawn sheila shelley sheryl shirin shirley shreya shruti shu sian \
    sidney siegfried siem sienna sigmar sigrid sigrun sigurd silje silke silvana silvia silvio simon simona simone \
    sinikka siobhan sipho sjaak sjoerd slavica sneha sofia solange solene solveig sonia sonja sonya sophia sophie \
    soraya soren stacey stanislav stanley stefan stefania stefanie stefano steffen steffi stella stephan stephane \
    stephanie stephen steve steven stewart stig stijn stina stuart sue suman sune sunil sunita sunniva suresh susan \
    susana susann susanne susie suzanne svea sven svetlana swantje swati sybil sylvain sylvia sylvie sytske szymon \
    tabitha tadeusz takeshi takumi tamara tamer tamsin tania tanja tanvi tapio tara tarek tariq tatiana ted teemu \
    tendai terence teresa tereza terhi teri terje terry tess tessa teun thabo thandi thanh thea thelma theo theodore \
    theresa thibault thierry thijs thilo thomas thorbjorn thorsten thuy tiffany tiina tijn tilly tilo tim timo timon \
    timothy tina tineke tiphaine tiziana tjeerd tobias toby tom tomas tomasz tomi tommaso tommy tomoko tony torben \
    tore torsten tove tracey tracy traudel traute travis trevor trine trish trond trudi trudy truus tunde tuomas \
    tuula tuulia tyler tyrone uche udo ugo ulf ulla ulrich ulrike uma umberto una ursula ute uwe vaclav val valentin \
    valentina valentino valeria valerie vanessa varun vaughan veikko veit vera verena vernon veronica veronika \
    veronique vicente vicky victor victoria vijay vikas vikram viktor viktoria ville vinay vince vincent vincenzo \
    virginia virginie virpi vittoria vittorio vivek vivian viviane vivienne vlad vladimir vojtech volker volkmar \
    walburga walid walter waltraud wanda wanjiru warren wassim wayne wei wendy werner wesley wessel wiebke wilfred \
    wilfried wilhelm willemijn willi william wilma wim winfried winifred winston wojciech wojtek wolfgang wolfram \
    wouter xaver xavier xiao ximena yan yana yann yannick yara yasmin yasmine yngve yoko yolanda yong yousef youssef \
    yuki yulia yumi yuna yuri yusuf yuto yves yvette yvo yvonne zach zachary zack zahra zaid zainab zane zanele zara \
    zbigniew zdenek zeynep zhang zoe zofia zoran zuzana",
);

"""Short forms and abbreviations of given names (昵称、缩写): which formal name they stand for.

Common knowledge of English-language records, old abbreviations (Wm, Jas, Chas) included. A short form of several names
(Harry, Jack, Bert) stands for the commonest one: what matters is that both sides come to the same name.
"""

_GROUPS = """
abigail: abby abbie gail
abraham: abe abram abrm
albert: al bert bertie albt
alexander: alex alec sandy alexr alexdr
alfred: alf fred alfd fredk
alice: ally allie
amanda: mandy
andrew: andy drew andw
ann: anne anna annie nan nancy hannah
anthony: tony
archibald: archie archd
arthur: art artie
augustus: gus
barbara: barb babs barbie
benjamin: ben benj benny benjn
bernard: bernie
caroline: carrie caro
catherine: kate katie kathy cathy katherine kathryn kathleen catharine kitty cath kath kat
charles: charlie chas chuck charley chaz
charlotte: lottie charlie
christina: tina chris christine christiana
christopher: chris kit christr
clarence: clare
cornelius: neil con
daniel: dan danny danl
david: dave davy davey davd
deborah: debbie deb debra
dorothy: dot dotty dolly dottie
edmund: edm
edward: ed eddie ned ted edwd edw eddy
edwin: edwn
eleanor: ellen nell nellie nelly elinor helen ellie leonora
elizabeth: eliza betty bess bessie beth betsy lizzie liz lizzy libby elisabeth eliz elizth elsie lisa lizabeth
emily: em emmy
emma: em
ernest: ernie
eugene: gene
florence: flo florrie flossie
frances: fanny fran francie
francis: frank frances fras
frederick: freddie freddy fredrick fredk frederic
george: geo georgie
gerald: gerry jerry
gilbert: gil
gregory: greg
harriet: hattie harriett
henry: harry hy hal hank henery
herbert: herb bert
hubert: hugh
isaac: ike
isabella: bella belle isabel
jacob: jake jacobus
james: jim jimmy jas jamie jimmie jem
jane: jenny janie
jeffrey: jeff geoffrey geoff
jennifer: jen jenny jenn
jeremiah: jerry
jessica: jess jessie
john: jack johnny jno jon johnnie johan
jonathan: jonathon jonath
joseph: joe jos joey josh
joshua: josh
josephine: josie jo
judith: judy
kenneth: ken kenny
kimberly: kim
lawrence: larry laurence lawrie
leonard: len leo
louis: lou lewis
lucy: lucie
margaret: maggie meg peggy madge margt rita daisy marge margie margery peg
martha: marty matty
martin: marty
mary: molly polly may mae maria marie mollie
matilda: tilly tillie
matthew: matt mat matw
michael: mike mick micky mickey michl
nathaniel: nat nathan nathl
nicholas: nick nic
oliver: ollie olly
pamela: pam
patricia: pat patty tricia trish patsy
patrick: pat paddy patk
peter: pete
philip: phil phillip
priscilla: cilla
rachel: rachael
ralph: rafe
raymond: ray
rebecca: becky becca
reginald: reg reggie
richard: dick rick rich richie ricky richd
robert: bob bobby rob robbie robt bobbie
roger: rodger
ronald: ron ronnie
rose: rosie
russell: russ
samuel: sam saml sammy
sarah: sally sara sadie sal
sophia: sophie
stephanie: steph
stephen: steve steven stephn stevie
susan: sue susie susanna susannah suzanne
sylvester: sly
sydney: sid sidney syd
teresa: terry tess theresa tracy
terence: terry
theodore: ted theo teddy
theophilus: theoph
thomas: tom thos tommy tho
timothy: tim timmy
victoria: vicky vicki
vincent: vince
virginia: ginny
walter: wally walt wat
wilfred: wilf
william: will bill billy wm willie willm bil liam willy
winifred: winnie
zachary: zach zack
"""

FORMAL_OF = {
    short: line.partition(":")[0]
    for line in reversed(_GROUPS.strip().splitlines())
    for short in line.partition(":")[2].split()
}
"""Formal name by short form; of several, the one listed first."""


def formal(name: str) -> str | None:
    """The formal name, in lower case; a name that is no short form stays.

    >>> formal("Wm."), formal("Betty"), formal("Zoltan"), formal("岩罕")
    ('william', 'elizabeth', 'zoltan', '岩罕')
    """
    plain = name.lower().strip().rstrip(".")
    return FORMAL_OF.get(plain, plain) or None

"""Words that give away what a column holds: the commonest names, trades, relations and the like.

Short lists of common knowledge, enough to recognise a column by the share of its values that are listed; no value
is ever judged by them.
"""

GIVEN_NAMES = frozenset([
    "james", "john", "robert", "michael", "william", "david", "richard", "joseph", "thomas", "charles",
    "christopher", "daniel", "matthew", "anthony", "mark", "donald", "steven", "paul", "andrew", "joshua",
    "kenneth", "kevin", "brian", "george", "edward", "ronald", "timothy", "jason", "jeffrey", "ryan", "jacob",
    "gary", "nicholas", "eric", "jonathan", "stephen", "larry", "justin", "scott", "brandon", "benjamin", "samuel",
    "gregory", "frank", "alexander", "raymond", "patrick", "jack", "dennis", "jerry", "tyler", "aaron", "jose",
    "adam", "nathan", "henry", "douglas", "zachary", "peter", "kyle", "walter", "ethan", "jeremy", "harold",
    "keith", "christian", "roger", "noah", "gerald", "carl", "terry", "sean", "austin", "arthur", "lawrence",
    "jesse", "dylan", "bryan", "joe", "jordan", "billy", "bruce", "albert", "willie", "gabriel", "logan", "alan",
    "juan", "wayne", "roy", "ralph", "randy", "eugene", "vincent", "russell", "elijah", "louis", "bobby", "philip",
    "johnny", "luis", "carlos", "liam", "mason", "lucas", "oliver", "harry", "fred", "frederick", "ernest",
    "alfred", "francis", "hugh", "herbert", "ebenezer", "isaac", "abraham", "mary", "patricia", "jennifer", "linda",
    "elizabeth", "barbara", "susan", "jessica", "sarah", "karen", "lisa", "nancy", "betty", "margaret", "sandra",
    "ashley", "kimberly", "emily", "donna", "michelle", "dorothy", "carol", "amanda", "melissa", "deborah",
    "stephanie", "rebecca", "sharon", "laura", "cynthia", "kathleen", "amy", "shirley", "angela", "helen", "anna",
    "brenda", "pamela", "nicole", "emma", "samantha", "katherine", "christine", "debra", "rachel", "catherine",
    "carolyn", "janet", "ruth", "maria", "heather", "diane", "virginia", "julie", "joyce", "victoria", "olivia",
    "kelly", "christina", "lauren", "joan", "evelyn", "judith", "megan", "cheryl", "andrea", "hannah", "martha",
    "jacqueline", "frances", "gloria", "ann", "teresa", "kathryn", "sara", "janice", "jean", "alice", "madison",
    "doris", "abigail", "julia", "judy", "grace", "denise", "amber", "marilyn", "beverly", "danielle", "theresa",
    "sophia", "marie", "diana", "brittany", "natalie", "isabella", "charlotte", "rose", "alexis", "kayla", "ellen",
    "jane", "annie", "eliza", "harriet", "florence", "edith", "ada", "agnes", "bertha", "minnie", "clara", "isabel",
    "lucy", "sophie", "chloe", "mia", "ella", "matilda", "georgia", "zoe", "lachlan", "mitchell", "bailey",
    "hayden", "jayden", "cooper", "hamish", "hans", "anna", "karl", "johann", "maria", "giovanni", "giuseppe",
    "antonio", "francesco", "pedro", "manuel", "ana", "carmen", "lars", "erik", "anders", "per", "ole", "nils",
    "karin", "ingrid", "jan", "pieter", "willem", "cornelis", "pierre", "jean", "jacques", "marie", "ivan", "olga",
    "anastasia", "sergei",
])  # fmt: skip

SURNAMES = frozenset([
    "smith", "johnson", "williams", "brown", "jones", "garcia", "miller", "davis", "rodriguez", "martinez",
    "hernandez", "lopez", "gonzalez", "wilson", "anderson", "taylor", "moore", "jackson", "martin", "lee", "perez",
    "thompson", "white", "harris", "sanchez", "clark", "ramirez", "lewis", "robinson", "walker", "young", "allen",
    "king", "wright", "torres", "nguyen", "hill", "flores", "green", "adams", "nelson", "baker", "hall", "rivera",
    "campbell", "carter", "roberts", "gomez", "phillips", "evans", "turner", "diaz", "parker", "cruz", "edwards",
    "collins", "reyes", "stewart", "morris", "morales", "murphy", "cook", "rogers", "gutierrez", "ortiz", "morgan",
    "cooper", "peterson", "bailey", "reed", "howard", "ramos", "kim", "cox", "ward", "richardson", "watson",
    "brooks", "chavez", "wood", "bennett", "gray", "mendoza", "ruiz", "hughes", "price", "alvarez", "castillo",
    "sanders", "patel", "myers", "ross", "foster", "jimenez", "powell", "jenkins", "perry", "long", "sullivan",
    "bell", "coleman", "butler", "henderson", "barnes", "fisher", "simmons", "jordan", "patterson", "alexander",
    "hamilton", "graham", "wallace", "cole", "west", "hayes", "gibson", "bryant", "ellis", "stevens", "murray",
    "ford", "marshall", "owens", "mcdonald", "harrison", "kennedy", "wells", "woods", "webb", "hunter", "hicks",
    "crawford", "simpson", "porter", "mason", "shaw", "gordon", "wagner", "robertson", "black", "palmer", "dixon",
    "warren", "burns", "grant", "knight", "ferguson", "stone", "hawkins", "dunn", "perkins", "hudson", "spencer",
    "gardner", "payne", "pierce", "kelly", "ryan", "mitchell", "davies", "white", "clarke", "webb", "dean",
    "chapman", "holmes", "lloyd", "barker", "harvey", "matthews", "rowe", "todd", "blackburn", "nguyen", "tran",
    "singh", "khan", "ahmed", "muller", "schmidt", "schneider", "fischer", "weber", "meyer", "hansen", "olsen",
    "johansen", "larsen", "andersen", "nilsen", "jansen", "de", "vries", "rossi", "russo", "ferrari", "silva",
    "santos", "oliveira", "ivanov",
])  # fmt: skip

CHINESE_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖"
    "贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤普和木施字纳沙保单解区刀岩玉尤祁杞孙钏"
)

SEXES = frozenset([
    "m", "f", "male", "female", "man", "woman", "men", "women", "boy", "girl", "u", "unknown", "x", "w", "男", "女",
    "男性", "女性", "未知", "未说明", "männlich", "weiblich", "homme", "femme",
])  # fmt: skip

RELATIONS = frozenset([
    "head", "self", "spouse", "wife", "husband", "partner", "son", "daughter", "child", "mother", "father",
    "parent", "brother", "sister", "sibling", "grandchild", "grandson", "granddaughter", "grandfather",
    "grandmother", "grandparent", "nephew", "niece", "uncle", "aunt", "cousin", "lodger", "boarder", "servant",
    "visitor", "roommate", "housemate", "relative", "nonrelative", "reference", "biological", "adopted", "foster",
    "stepson", "stepdaughter", "stepchild", "inmate", "户主", "本人", "配偶", "妻", "丈夫", "夫", "子", "女", "儿子", "女儿", "长子",
    "次子", "长女", "次女", "父亲", "母亲", "父", "母", "孙子", "孙女", "儿媳", "女婿", "兄弟", "姐妹", "其他",
])  # fmt: skip
"""A value with a word that is listed names a relation."""

TRADES = frozenset([
    "farmer", "labourer", "laborer", "servant", "clerk", "teacher", "nurse", "carpenter", "mason", "baker",
    "butcher", "tailor", "dressmaker", "weaver", "shoemaker", "blacksmith", "miner", "sailor", "soldier",
    "merchant", "agent", "manager", "engineer", "politician", "writer", "author", "painter", "artist", "lawyer",
    "barrister", "solicitor", "judge", "priest", "clergyman", "minister", "physician", "doctor", "surgeon",
    "professor", "actor", "actress", "singer", "musician", "composer", "poet", "journalist", "officer", "driver",
    "cook", "housekeeper", "laundress", "watchman", "porter", "shepherd", "printer", "mechanic", "electrician",
    "plumber", "accountant", "secretary", "salesman", "saleswoman", "shopkeeper", "student", "scholar", "retired",
    "unemployed", "housewife", "cricketer", "footballer", "photographer", "architect", "botanist", "historian",
    "philosopher", "scientist", "mathematician", "sculptor", "diplomat", "businessperson", "banker", "explorer",
    "novelist", "fisherman", "cooper", "wheelwright", "gardener", "工人", "农民", "教师", "医生", "护士", "司机", "干部", "职工",
    "学生", "会计", "无业", "退休", "个体户", "公务员", "厨师", "保安", "保洁",
])  # fmt: skip

STREET_WORDS = (
    "street|st|road|rd|avenue|ave|av|lane|ln|drive|dr|court|ct|place|pl|crescent|cres|circuit|cct|close|cl|way|terrace|"
    "boulevard|blvd|circle|cir|highway|hwy|parkway|pkwy|square|sq|trail|trl|row|parade|pde|grove|loop|run|pike|"
    "route|rue|stra(?:ss|ß)e|straat|gata|gade|calle|via"
)
"""Words, as a regular expression, that streets of Latin-script countries end in or begin with."""

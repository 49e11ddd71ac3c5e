"""Words that take back or narrow what a licence gives: by stems, in any sentence beside it, whatever else it says.
Well-known sentences of the licences themselves, which use the same words to permit, are taken out first."""

from __future__ import annotations

import re

_GRANTS = r"(?:(?:also|explicitly|expressly|always|hereby) )?(?:allowed|permitted|welcome|fine|possible)"
ALLOWED = re.compile(
    rf"\bcommercial (?:re-?)?use,? (?:is|are) {_GRANTS}(?=\s*(?:[.;!)]|$|,? (?:provided|as long as)"
    r" (?:that )?(?:you |the )?(?:\w+ )?(?:give|credit|author|original|source|appropriate|attribut)))",
    re.IGNORECASE,
)
"""That commercial use is allowed, without a condition but attribution."""
_OTHER = r"(?:(?!(?:not?|non|only|without|except|but|excluding)\b)\w+,? )"
PERMITS = re.compile(
    # what the deeds and the publishers' paragraphs of CC BY say to permit
    r"(?<!not )\beven (?:for )?commercial(?:ly)?\b|\bincluding (?:for )?commercial(?:ly)?\b"
    r"|\b(?:commercial(?:ly)? (?:and|or|and/or) non-?commercial(?:ly)?|non-?commercial(?:ly)? (?:and|or|and/or)"
    r" commercial(?:ly)?)\b"
    rf"|(?<!not )(?<!never )(?<!n['’]t )\b(?:permits|allows|permitting|allowing) {_OTHER}{{0,8}}?commercial(?:ly)?\b"
    r"|\b(?:auch|sogar) (?:zu |für )?kommerziell\w*"
    r"|\by compris (?:à des fins commerciales|commerciale\w*|pour un usage commercial)"
    r"|\bm[êe]me (?:à des fins )?commerciale\w*"
    r"|\b(?:incluso|incluido|inclusive|mesmo|até|anche|persino)\b[^.,;]{0,24}(?:comercia|commercia)\w*"
    r"|\bzelfs (?:voor )?commerci\w*|\bnawet (?:w )?(?:celach )?komercyjn\w*"
    r"|営利目的(?:も含め|でも|を含め)|包括商业性?使用|甚至商业"
    r"|\bno (?:\w+ )?(?:permission|consent)(?: \w+){0,3} (?:is |are )?(?:required|needed|necessary)"
    r"|\byou (?:do not|don['’]t) need (?:to (?:ask|obtain|request|get) )?(?:for )?(?:any )?permission"
    r"|\b(?:have|has|given|granted|grants?|gives?) (?:you |anyone |everyone )?(?:\w+ )?permission to\b"
    r"|\bpermission (?:is|is hereby) granted"
    r"|\bif material is not included in the (?:article|chapter|book|work)['’]?s? [^.]{0,60}\band your intended use is"
    r" not permitted by statutory regulation[^.]{0,140}copyright holder"
    r"|\bno use, distribution or reproduction is permitted which does not comply with these terms"
    r"|\b(?:not|nor) (?:be )?subject to (?:the |this )?(?:\w+ )?licen[cs]e\b"
    r"|\bnot in any way that suggests[^.]{0,100}|\bno additional restrictions?\b"
    r"|\byou may not apply legal terms[^.]{0,160}|\byou do not have to comply with the licen[cs]e[^.]{0,160}"
    r"|\bthe licen[cs]e may not give you all of the permissions[^.]{0,80}"
    r"|\bnon-?profit (?:\w+ )?(?:organi[sz]ation|corporation|company|foundation|association|publisher)",
    re.IGNORECASE,
)
"""What is taken out before stems are looked for."""

_NARROWS = re.compile(
    r"commerc|kommer[zs]|\bgewerblich|comercia|商业|商業|商用|営利|영리|상업|коммерч|комерц|\bkomer[cč]|\bticari"
    r"|kaupalli|(?:for|non)-?profit"
    r"|\bre-?s(?:ale|old|ell)|\bsell(?:ing|s)?\b|\bsold\b|\bsale\b|\bverkauf|\bverkoop|\bvend(?:re|u|er|ita|ido"
    r"|uto)\b|\bventes?\b|\bventa\b"
    r"|\bvendas?\b|\bsprzeda|\bпродаж|판매|販売|出售|转售|轉售"
    r"|\bpermission|\bconsent\b|\berlaubnis|\bgenehmig|\bzustimmung|\beinwilligung|\bautori[sz]a|\btoestemming"
    r"|\bzgod[yaęą]\b|\bpermis\b"
    r"|\bpermiso|\bpermiss[ãa]o|\bpermesso|\bconsenso|\bconsentimiento|согласи|разрешен|\bsouhlas|\btillst[åa]nd"
    r"|\bsamtyck|\bizin|허락|허가"
    r"|許可なく|ご遠慮|無断|未[经經].{0,4}(?:授权|授權|许可|許可|同意)|(?:联系|聯繫|联络)[^。]{0,8}(?:授权|授權|作者"
    r"|许可)"
    r"|\b(?:educational|teaching|private|personal|internal) (?:\w+ )?(?:use|purposes?)\b|\bf[üu]r (?:den )?privat"
    r"|\bpers[öo]nlich|\busage (?:priv|personnel)"
    r"|\buso (?:personal|privado|personale|privato|pessoal)|\bpersoonlijk gebruik|\bu[żz]ytku (?:osobist|prywatn"
    r"|w[łl]asn)|личн\w+ использован"
    r"|\bpersonligt bruk|\bosobní\w* (?:pot|už)|个人使用|個人使用|個人利用|仅供|僅供|私的利用"
    r"|\bun(?:altered|modified|changed)|\bunver[äa]nder|\bverbatim|\bsans modification|\bsin modifica"
    r"|\bsenza modific|\bsem modifica|\bongewijzigd"
    r"|\bbez zmian|\bадаптац\w+ запрещ"
    r"|\b(?:additional|further|extra) restriction",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\bonly\b|\bnur\b|\bseulement\b|\buniquement\b|\bexclusiv\w+|\bs[óo]lo (?:con|para|se|bajo|per|in|com|se)\b"
    r"|\bsolamente\b|\b[úu]nicamente\b"
    r"|\bsoltanto\b|\bapenas\b|\bsomente\b|\balleen\b|\buitsluitend\b|\btylko\b|\bwy[łl][ąa]cznie\b|только"
    r"|исключительно|\bendast\b|\bpouze\b"
    r"|\bsadece\b|のみ(?:可|許|利用|使用)|にのみ|仅(?:限|可)|僅(?:限|可)",
    re.IGNORECASE,
)
_REFUSES = (
    r"\bnot\b|n['’]t\b|\bno\b|\bnever\b|\bcannot\b|\bprohibit|\bforbid|\bdisallow|\bexcluded?\b|\bobject\b|\boppos"
    r"|\bopt(?:ed|s|ing)?[ -]?out"
    r"|\breserv|\bnicht\b|\bkein|\buntersag|\bverboten|\bvorbehalt|\bbehalten\b|\bwiderspr|\binterdi|\bd[ée]fend"
    r"|\br[ée]serv|\bpas\b|\bprohib|\bproib"
    r"|\briservat|\bvieta|\bverbod|\bniet\b|\bgeen\b|\bvoorbehoud|\bzakaz|\bzabron|\bzastrze|\bnie\b|запре[щт]"
    r"|нельзя|\bне\b|불가|금지|않|禁|不得|不可|严禁"
    r"|遠慮|ません|できない|保留|\bf[öo]rbju|\binte\b|\bikke\b|\byasak|\bedilemez|\blamaz\b|\w+[ae]maz\b"
    r"|\bz[áa]k[áa]z|\bnesm"
)
_ACTS = (
    r"\b(?:us(?:e|ed|ing|age)|cop(?:y|ied|ies|ying)|repro\w+|redistribut\w*|re-?publi\w*|modif\w*|alter\w*|chang\w*"
    r"|adapt\w*|edit(?:ed|ing)?|translat\w*"
    r"|transform\w*|repost\w*|scrap\w*|derivative\w*)\b|ver[äa]nder|\b[äa]nderung|bearbeit|vervielf|\bweitergabe"
    r"|\bverwend|\bnutz|\butili|\buso\b|\bmodific"
    r"|\bmodyfik|\bwykorzyst|\bkopiowa|\bkopier|\bgebruik|\bwijzig|использ|копир|распростран|измен|이용|복제|배포"
    r"|수정|\bkullan|šířen|\bu[žz]it[íi]|[转轉]载|轉載|転載|改变|改變|修改|改変|演绎"
)
_REFUSED = re.compile(_REFUSES, re.IGNORECASE)
_ACTED = re.compile(_ACTS, re.IGNORECASE)
_MACHINES = re.compile(
    r"\bmining\b|\btdm\b|\bmachine[- ]learning|\bdeep learning|\bartificial intelligence"
    r"|\bk[üu]nstliche\w* intelligenz|\bintelligence artificielle"
    r"|\bintel[ii]gen[cz]i?a artifici?al|\bkunstmatige intelligentie|\bsztuczn\w+ inteligenc|\blanguage models?"
    r"|\bllms?\b|\bchatbots?\b"
    r"|\b(?-i:AI|A\.I\.|KI|IA|SI|ИИ)(?![A-Za-z])|(?-i:AI)(?=[^\x00-\x7f])|\b(?-i:GPT|ChatGPT)\b|\bneural net"
    r"|\bscrap(?:e|es|ed|ing|ers?)\b"
    r"|\btrain(?:ing|ed)? (?:\w+ ){0,3}(?:models?|algorithms?|systems?|data)|\btrainingsdaten|\bentra[îi]n(?:er"
    r"|ement)|\bentrena(?:r|miento)"
    r"|データマイニング|テキストマイニング|機械学習|人工知能|人工智能|人工智慧|机器学习|機器學習|大模型|数据挖掘"
    r"|искусственн\w+ интеллект|нейросет|인공지능|기계 ?학습",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|[。！？；]|\n\s*\n")


def narrowed(text: str) -> str | None:
    """The first sentence of ``text`` (without licences' names) that narrows a licence, or None."""
    for sentence in _sentences(text):
        if _NARROWS.search(sentence) or (_ONLY.search(sentence) and _ACTED.search(sentence)):
            return sentence.strip()
        if _REFUSED.search(sentence) and _ACTED.search(sentence):
            return sentence.strip()
    return None


def kept_for(text: str) -> str | None:
    """The first sentence of ``text`` that keeps something for a use ("for private use only"), or None."""
    for sentence in _sentences(text):
        if _ONLY.search(sentence) and _NARROWS.search(sentence):
            return sentence.strip()
    return None


_COMMERCE = re.compile(
    r"\bcommercial(?:ly)?\b|\bkommerziell|\bcommerciale?s?\b|\bcomercia(?:l|is|les)\b|\bkomercyjn", re.IGNORECASE
)
_OF_USE = re.compile(
    r"\b(?:use[ds]?|re-?use|purposes?|nutzung|zwecke\w*|utilisation|fins|usos?|usi|fines|fini|gebruik|u[żz]\w+)\b",
    re.IGNORECASE,
)


def bars_commerce(text: str) -> str | None:
    """The first sentence of ``text`` that refuses commercial use, or None."""
    if _COMMERCE.search(text) is None:
        return None
    for sentence in _sentences(text):
        if _COMMERCE.search(sentence) and _OF_USE.search(sentence) and _REFUSED.search(sentence):
            return sentence.strip()
    return None


def withheld(text: str) -> str | None:
    """The first sentence of ``text`` that keeps it from machines: mining or training, and a word of refusal."""
    if _MACHINES.search(text) is None:
        return None
    for sentence in _sentences(text):
        if _MACHINES.search(sentence) and _REFUSED.search(sentence):
            return sentence.strip()
    return None


# "Which permits any use without further permission": nothing else in the sentence may refuse.
_FREELY = re.compile(
    r"\bwithout (?:asking |(?:any )?(?:prior |further |additional )?)(?:for )?permission"
    r"(?: from the (?:publisher|authors?)(?: or the (?:publisher|authors?))?)?",
    re.IGNORECASE,
)


def _sentences(text: str) -> list[str]:
    sentences = _SENTENCE.split(PERMITS.sub(" ", ALLOWED.sub(" ", text)))
    return [one if _REFUSED.search(one) else _FREELY.sub(" ", one) for one in sentences]

"""Which sentences license a page's text: those that begin with the text as their subject and go on with nothing but the
words of licensing. A word that is not listed here makes a statement one for review: the list is of what is accepted."""

from __future__ import annotations

import re

_WORK = (
    "work", "works", "article", "articles", "page", "pages", "post", "posts", "posting", "entry", "entries", "document",
    "documents", "text", "texts", "story", "stories", "essay", "essays", "paper", "content", "contents", "book",
    "chapter", "report", "publication", "tutorial", "guide", "lesson", "material", "materials", "wiki", "documentation",
    "docs", "course", "website", "web ?site", "site", "blog", "weblog", "web ?page", "writing", "writings",
    "information", "everything", "journal", "magazine", "portal", "homepage",
    # de
    "werke?s?", "artikels?", "artikeln", "beitr[aä]ge?n?s?", "seiten?", "texten?", "textes", "inhalte?n?s?",
    "dokumente?",
    "dokuments", "posts", "blogposts?", "eintr[aä]ge?", "blogs", "wikis", "webseiten?", "webpr[äa]senz",
    "internetseiten?", "ver[öo]ffentlichung(?:en)?", "publikation(?:en)?", "materialien", "aufs[aä]tze?", "portals",
    "weblogs", "unterlagen", "internetauftritts?", "zeitschrift",
    # fr
    "œuvres?", "oeuvres?", "textes?", "billets?", "contenus?", "sites", "blogue", "ouvrage", "publications?",
    "ressources?", "cours", "revue", "portail", "travail",
    # es, pt, it
    "obras?", "art[íi]culos?", "p[áa]ginas?", "textos?", "entradas?", "documentos?", "contenidos?", "s[íi]tio",
    "trabajo", "publicaci[óo]n(?:es)?", "material(?:es)?", "recurso", "revista", "web", "sito",
    "(?:sitio|p[áa]gina) web", "bit[áa]cora",
    "artigos?",
    "conte[úu]dos?", "trabalho", "publica[çc][ãa]o", "publica[çc][õo]es", "materiais", "documenta[çc][ãa]o",
    "documentaci[óo]n", "informaci[óo]n", "opera", "opere", "articol[oi]", "pagin[ae]", "test[oi]", "document[oi]",
    "contenut[oi]", "lavoro", "pubblicazion[ei]", "material[ei]", "documentazione", "rivista", "portale",
    # nl, pl
    "werken", "artikelen", "pagina'?s?", "tekst", "teksten", "berichten?", "documenten", "inhoud", "publicaties?",
    "materiaal", "documentatie", "utw[óo]r\\w*", "artyku[łl]\\w*", "stron\\w*", "tekst\\w*", "wpis\\w*", "dokument\\w*",
    "tre[śs][ćc]", "tre[śs]ci\\w*", "witryn\\w*", "blog\\w*", "serwis\\w*", "prac[aąęyi]", "publikacj\\w*",
    "materia[łl]\\w*",
    "dzie[łl]\\w*", "portal\\w*", "dokumentacj\\w*",
)  # fmt: skip
_BESIDE = (
    # parts that may be named together with the text, never alone
    "images?", "photos?", "pictures?", "illustrations?", "figures?", "graphics", "diagrams?", "videos?", "audio",
    "data",
    "media", "code", "maps?", "visuali[sz]ations", "bilder", "fotos", "abbildungen", "grafiken", "im[áa]genes",
    "immagini", "imagens", "afbeeldingen", "zdj[ęe]cia",
)  # fmt: skip
_HARMLESS = (
    "original", "written", "textual", "entire", "whole", "complete", "full", "present", "scientific", "research",
    "scholarly", "academic", "journal", "blog", "web", "wiki", "site", "website", "web ?site", "main", "own",
    "open[- ]access", "open", "access", "this site's", "site's", "text", "textbook", "documentation", "of", "the",
    "gesamten?", "ganzen?", "eigenen?", "vorliegende[nrsm]?", "pr[ée]sente?", "ensemble", "int[ée]gralit[ée]",
    "totalidad", "presente", "seguente", "hele", "gehele", "niniejsz\\w+", "ca[łl]\\w+",
)  # fmt: skip
_DETERMINERS = (
    "this", "the", "these", "our", "my", "all", "any", "every", "each", "a", "an", "its",
    "diese[rsmn]?", "die", "der", "das", "des", "dem", "den", "unsere[rsmn]?", "meine[rsmn]?", "alle[rn]?",
    "s[äa]mtliche[nr]?", "dessen", "deren",
    "ce", "cet", "cette", "ces", "le", "la", "les", "l", "notre", "nos", "mon", "tous", "tout", "toutes", "toute",
    "est[aeo]s?", "el", "los", "las", "nuestr[oa]s?", "mi", "tod[oa]s?", "os?", "as", "nosso", "meu",
    "quest[aoei]?", "il", "gli", "i", "lo", "nostr[oaie]", "mio", "tutt[ieoa]", "dit", "deze", "de", "het", "onze",
    "mijn", "alle", "ten", "ta", "to", "te", "tej", "tego", "tym", "naszej", "naszego", "mojego", "wszystkie",
    "wszelkie",
)  # fmt: skip
_OF = (
    "of", "on", "in", "at", "from", "within", "throughout", "auf", "im", "von", "vom", "in", "aus", "des", "der",
    "dieses", "dieser", "de", "du", "d", "dans", "sur", "en", "del", "do", "da", "no", "na", "dest[ea]s?", "nest[ea]s?",
    "di", "della", "dell", "nel", "nella", "su", "sul", "sulla", "op", "van", "w", "z",
    "(?:published|posted|presented|provided|contained|found|available|hosted|produced|created|written) (?:on|in|at|by)",
)  # fmt: skip
_AND = (
    "and(?: all(?: of)?)?", "und", "sowie", "bzw\\.?", "et", "y", "e", "en", "oraz", "or", "&", "as well as",
    "including",
    "beziehungsweise",
)  # fmt: skip
_LICENSING = (
    "is", "are", "has", "have", "been", "be", "being", "hereby", "made", "freely", "openly", "also", "both",
    "generally",
    "available", "distributed", "published", "released", "shared", "issued", "provided", "offered", "licen[cs]ed",
    "covered", "governed", "protected", "dedicated", "placed", "subject", "to", "under", "with", "by", "via", "in",
    "through", "accordance", "per", "on", "the", "a", "an", "and", "of", "as", "for", "terms?", "conditions?",
    "following",
    "current", "latest", "licen[cs]es?", "licensing", "public", "domain", "reuse", "re-use", "use", "open", "access",
    "open-access", "article", "publication", "paper", "chapter", "work", "international", "free", "permissive",
    "creative", "commons", "cc", "copyright", "authori[sz]ed", "unless", "otherwise", "stated", "noted", "expressly",
    "rights", "waived", "it", "this", "that", "which", "all", "version",
    # de
    "ste(?:ht|hen)", "unterlieg(?:t|en)", "wird", "werden", "wurde", "ist", "sind", "unter", "der", "den", "die", "das",
    "einer", "eine", "dem", "des", "als", "mit", "nach", "gem[äa](?:ß|ss)", "zur", "verf[üu]gung", "lizen[sz]iert",
    "lizenz(?:en)?", "lizenzbestimmungen", "bedingungen", "ver[öo]ffentlicht", "publiziert", "bereitgestellt",
    "verf[üu]gbar", "freigegeben", "erschein(?:t|en)", "erschienen", "frei", "nutzbar", "gestellt", "grunds[äa]tzlich",
    "angegeben", "gekennzeichnet", "vermerkt", "contraire", "creative-commons", "creative-commons-lizenz(?:en)?",
    "cc-lizenz", "folgender", "und",
    # fr
    "est", "sont", "mise?s?", "[àa]", "la", "le", "les", "l", "disposition", "sous", "selon", "une", "un", "licence",
    "licences", "termes", "contrat", "publi[ée]e?s?", "diffus[ée]e?s?", "distribu[ée]e?s?", "disponibles?",
    "plac[ée]e?s?",
    "propos[ée]e?s?", "soumis(?:es?)?", "conditions", "de", "du", "d", "aux", "libre", "licenci[ée]e?s?",
    # es, pt, it
    "est[áa]n?", "se", "encuentran?", "distribuyen?", "publican?", "ofrecen?", "difunden?", "bajo", "licencia", "los",
    "las", "el", "con", "t[ée]rminos", "licenciad[oa]s?", "publicad[oa]s?", "distribuid[oa]s?", "sujet[oa]s?",
    "amparad[oa]s?", "protegid[oa]s?", "por", "condiciones", "[ée]", "s[ãa]o", "est[ãa]o", "sob", "uma", "um", "os",
    "as",
    "o", "licen[çc]a", "termos", "nos", "da", "do", "distribu[íi]d[oa]s?", "disponibilizad[oa]s?",
    "dispon[íi]ve(?:l|is)",
    "è", "e", "sono", "distribuit[oaie]", "pubblicat[oaie]", "rilasciat[oaie]", "licenziat[oaie]", "disponibil[ei]",
    "soggett[oaie]", "concess[oaie]", "sotto", "una", "in", "licenza", "secondo", "termini", "i", "gli", "della",
    "dell", "base", "alla",
    # nl, pl
    "is", "zijn", "wordt", "worden", "valt", "vallen", "onder", "een", "het", "gelicen[ts]ieerd", "gepubliceerd",
    "beschikbaar", "licentie", "gegeven", "uitgebracht", "vrijgegeven", "verspreid", "gedeeld", "voorwaarden", "van",
    "jest", "s[ąa]", "dost[ęe]pn\\w+", "udost[ęe]pnian\\w+", "udost[ęe]pnion\\w+", "licencjonowan\\w+",
    "opublikowan\\w+", "na", "licencji", "zasadach", "warunkach", "obj[ęe]t\\w+", "licencj[ąaei]", "i",
)  # fmt: skip


def _one_of(*lists: tuple[str, ...]) -> str:
    return rf"(?:{'|'.join(dict.fromkeys(word for words in lists for word in words))})(?![\w-])['’]?"


_GAP = r"[\s,()\"“”*:–-]*"
_NAME = r"(?-i:[A-ZÀ-ÞŁŚŻŹĆ][\w.'’&/-]*)"
_NAMED = (
    rf"(?:\b(?:by|von|par|por|di|door)\s+(?:(?:the|den|les) authors?"
    rf"|{_NAME}(?:\s+(?:(?:and|und|et|y|de|van|von)\s+)?{_NAME}){{0,6}}))"
)
_COPYRIGHTED = (
    rf"(?:(?:is\s+)?(?:copyright(?:ed)?|©|\(c\))\s*(?:©|\(c\))?\s*(?:[\d,–-]+\s*)?(?:by\s+)?(?:{_NAME}\s*){{0,6}})"
)
_WRITTEN = rf"(?:was written by {_NAME}(?:\s{_NAME}){{0,4}}(?: in \d{{4}})?\s+and\b)"
_LEAD = (
    r"(?:(?:licen[cs]e|lizenz|licencia|licenza|copyright|rights and permissions|open[- ]access|re-?use|creative commons"
    r"|note|weiternutzung ausdr[üu]cklich erlaubt|rights to|the re-?use of|(?:mit|with) (?:the )?(?:ausnahme"
    r"|exception) (?:of|von|der)"
    r"(?:(?!\b(?:texts?|articles?|contents?|posts?|inhalte?|texte)\b)[^,;.]){1,80},"
    r"|where otherwise (?:noted|stated|indicated)|otherwise|noted|stated|specified|vermeld|aangegeven|anders"
    r"|zaznaczono|inaczej|and|und|et|but|while"
    r"|angegeben|gekennzeichnet|vermerkt|genannt|ausgewiesen|contraires?|contrari[oa]|zione|diversa|indicazione"
    r"|de outra forma"
    r"|em contr[áa]rio|diversamente"
    r"|(?:©|\bcopyright\b)[^.]{0,80}[,;:–|-]|[\u0400-\u04ff\s]{1,40}:"
    rf")(?!\w){_GAP}){{0,5}}"
)
_THING = rf"(?:{_one_of(_DETERMINERS)}{_GAP}){{0,4}}(?:{_one_of(_HARMLESS)}{_GAP}){{0,3}}(?:{_one_of(_WORK)}|\x01)"
_PART = rf"(?:{_one_of(_DETERMINERS)}{_GAP}){{0,3}}(?:{_one_of(_WORK)}|{_one_of(_BESIDE)}|\x01)"
_SUBJECT = (
    rf"(?:(?:{_one_of(_DETERMINERS)}{_GAP}){{0,2}}{_one_of(_BESIDE)}{_GAP}(?:(?:{_one_of(_BESIDE)}){_GAP})?"
    rf"{_one_of(_AND)}{_GAP})?{_THING}"
    rf"(?:{_GAP}(?:(?:{_one_of(_AND)}|,){_GAP}){{1,2}}{_PART}){{0,3}}"
    rf"(?:{_GAP}{_one_of(_OF)}{_GAP}{_THING}){{0,3}}"
)
_ACCEPTED = re.compile(
    rf"\W*{_LEAD}(?:{_one_of(('ste(?:ht|hen)', 'unterlieg(?:t|en)', 'ist', 'sind', 'is', 'zijn', 'valt', 'vallen'))}"
    rf"{_GAP}){{0,1}}"
    rf"(?:this is an? (?:open[- ]access )?{_one_of(_WORK)}|{_SUBJECT}){_GAP}(?:{_NAMED}|{_COPYRIGHTED}"
    rf"|{_WRITTEN})?{_GAP}(?:{_one_of(_LICENSING)}{_GAP})*+\W*",
    re.IGNORECASE,
)
_JAPANESE = re.compile(
    r"[\W]*(?:の?(?:ない)?限り|場合を|もの)?[、を\s]*(?:(?:この|本|当)(?:サイト|ウェブサイト|ブログ|ページ|ウィキ"
    r"|記事|作品|文書|文章|コンテンツ|著作物|論文|ドキュメント|投稿"
    r"|資料|テキスト)|\x01|テキスト|文章|コンテンツ)(?:内|上)?"
    r"(?:の(?:全ての|すべての)?(?:コンテンツ|記事|文章|テキスト|内容|本文|文書|投稿|作品|画像|写真|データ"
    r"|[・やと、])+)*"
    r"[はがもを、，]*(?:クリエイティブ・?コモンズ|[「『（(\s・、の])*"
)
_CHINESE = re.compile(
    r"[\W]*(?:版权声明|版權聲明|许可协议|許可協議)?[\W]*(?:外|的|情况|情況|者|之外|[,，、\s])*(?:(?:本|此|该|該|这"
    r"|這)(?:作品|文章|文|页面|頁面|页|頁|站点|站點|网站|網站|站|博客|部落格|文档"
    r"|文檔|内容|內容|著作|百科|维基|維基|书|書|篇文章|教程|資料|资料|\x01)|\x01|所有文章|文字内容|文本"
    r"|全部文字)(?:[上中内裡里的]|所有|全部|一切|之)*"
    r"(?:文章|文字|内容|內容|文本|作品|文档|文檔|资料|資料|和|与|與|及|图片|圖片)*"
    r"(?:[,，\s外均皆都在是以由按]|除|采用|採用|使用|遵循|遵守|依据|依據|基于|基於|根据|根據|按照|之下|许可|許可"
    r"|授权|授權|协议|協議|条款|條款"
    r"|发布|發佈|發布|进行|進行|提供|创作共用|知识共享|知識共享|創用|下|了|的|[「『（(《【])*"
)


def is_plain(words: str, sites: frozenset[str]) -> bool:
    """Whether the ``words`` of a sentence before the licence's name, without its exceptions, are a subject that is the
    page's text or its site, and the words of licensing, and nothing else. ``sites`` are the site's names."""
    words = _last_line(words)
    text = " ".join(words.split())
    if _matches(text):
        return True
    lower = text.lower()
    for site in sorted(sites, key=len, reverse=True):
        start = lower.find(site)
        if start >= 0 and len(lower) == len(text) and _matches(f"{text[:start]}\x01{text[start + len(site) :]}"):
            return True
    return False


def _matches(text: str) -> bool:
    if text.isascii():
        return _ACCEPTED.fullmatch(text) is not None
    return any(pattern.fullmatch(text) is not None for pattern in (_ACCEPTED, _JAPANESE, _CHINESE))


def _last_line(words: str) -> str:
    """A line that ends with a stop ends a sentence, even after what looks like an abbreviation."""
    stops = list(re.finditer(r"[.!?]\s*\n\s*(?=[A-ZÀ-Þ])", words))
    return words[stops[-1].end() :] if stops else words

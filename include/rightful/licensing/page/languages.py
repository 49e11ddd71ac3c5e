"""The words of licence statements, per language, as data: verbs, subjects, exceptions, reservations.

Every entry is a regular expression without case. ``work`` names the very thing at hand ("this article"), ``content``
what a page is made of, ``place`` where ("this blog"): "photos on this blog" speaks of photos, "texts on this blog" of
the text. ``hedge`` allows for exceptions; ``doubt`` (wishes, conditions, negations) makes a sentence no statement.
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One language's words, as alternatives of a regular expression."""

    verb: str
    label: str
    work: str
    content: str
    place: str
    hedge: str
    doubt: str
    reserved: str


LANGUAGES: dict[str, Words] = {
    "en": Words(
        verb=r"licen[cs]ed|distributed under|published under|released under|(?:made )?available (?:under|via)"
        r"|open access under|shared under|issued under|covered by|governed by|under (?:a|the|an) |is under\b"
        r"|are under\b"
        r"|dedicated to the public|placed in the public|rights waived|provided under|authori[sz]ed under|permitted"
        r" under|subject to|offered under|used"
        r" under",
        label=r"licen[cs]e|copyright|rights|usage rights",
        work=r"\bth(?:is|ese) (?:\w+[ -]){0,3}?(?:work|article|page|post|posting|entry|document|text|story|essay|paper"
        r"|content|contents|book|chapter|report|publication|tutorial|guide|lesson|material|materials|wiki|documentation"
        r"|episode|transcript|translation|column|review|interview|course|website|site|web ?page|web ?site|blog)s?\b"
        r"|content(?:s)? of this (?:page|article|document|post)|rights to this article|text of this (?:page|article"
        r"|post)",
        content=r"\b(?:text|texts|article|articles|content|contents|post|posts|posting|postings|work|works|page|pages"
        r"|documentation|document|documents|writings?|essays?|stories|material|materials|blog|website|web ?site"
        r"|site|wiki"
        r"|everything|information|publications?|entries|docs)\b",
        place=r"\b(?:this|our|the|my|entire|whole|all of this) (?:\w+[ -]){0,2}?(?:site|website|web ?site|blog|wiki"
            r"|weblog"
        r"|portal|page|pages|journal|magazine|homepage)\b",
        hedge=r"(?:unless|except (?:where|when|as|if)|where not) (?:\w+ ){0,3}?(?:noted|stated|indicated|specified"
            r"|marked"
        r"|permitted|mentioned|credited)|unless noted|otherwise (?:noted|stated)",
        doubt=r"add this|copy (?:this|the following)|agree to the following|except this (?:one|article)"
        r"|becomes? available|\bsaid\b"
        r"|\bnot\b(?! otherwise| specified| marked| noted| stated| indicated)(?! be )[^.]{0,24}licen[cs]e|no"
            r" longer|aspir|hope to|plan(?:s|ning)? to"
        r"|intend(?:s|ed)? to|would like|we want to|could be|might be|may be (?:licensed|released)|should be|must"
        r" be|can be"
        r" (?:licensed|released|published)|if you|are you|you agree|by (?:submitting|posting|contributing|uploading"
        r"|editing)"
        r"|you (?:may|can|could|must|should) (?:license|publish|release|choose)|consider|for example|e\.g\.|such as"
        r"|previously"
        r"|formerly|was (?:once )?licensed|were licensed|used to be|will be|until \d{4}|prior to|how to|what is"
        r"|learn more about"
        r"|instead of|rather than|in future|don't|do not|isn't|aren't|never",
        reserved=r"all rights (?:are )?reserved|no part of this|may not be reproduced|reproduction (?:is )?prohibited"
        r"|personal use only",
    ),
    "de": Words(
        verb=r"lizen[sz]iert|ver[öo]ffentlicht|ste(?:ht|hen)\b|unterlieg(?:t|en)|zur verf[üu]gung|unter (?:der"
            r"|einer|den|die)"
        r"|lizenzbestimmungen|freigegeben|publiziert|erschein(?:t|en)|nutzbar|bereitgestellt|verf[üu]gbar",
        label=r"lizenz(?:en)?|nutzungsrechte|urheberrecht",
        work=r"\bdie(?:se|ser|ses|sem|sen) (?:\w+[ -]){0,2}?(?:werke?s?|artikels?|beitr[aä]g(?:e|s|es)?|seiten?"
            r"|texte?s?|inhalte?s?"
        r"|dokuments?|posts?|eintr[aä]g(?:e|s)?|blogs?|website|webseite|webpr[äa]senz|internetseite|homepage"
        r"|ver[öo]ffentlichung"
        r"|publikation|materiali?(?:en)?|wikis?|podcasts?|folge|episode|aufsatz|portals?|weblogs?)\b"
        r"|inhalte? (?:dieser seite|dieses (?:artikels|beitrags|textes))",
        content=r"\b(?:texte?n?|artikeln?|inhalte?n?|beitr[äa]ge?n?|seiten?|werke?|dokumente?|materialien|website"
            r"|webseite|blog"
        r"|publikationen|blogposts?|eintr[äa]ge|unterlagen|wiki|podcast|unterrichtsideen|ver[öo]ffentlichungen)\b",
        place=r"\b(?:diese[rsmn]?|unsere[rsmn]?|meine[rsmn]?|de[rs]|die|auf|gesamte[rsn]?) (?:\w+["
            r" -]){0,2}?(?:blogs?|website"
        r"|webseiten?|seiten?|homepage|wikis?|weblogs?|portals?|internetseiten?|internetauftritts?)\b",
        hedge=r"(?:sofern|soweit|wenn|falls|wo) (?:\w+ ){0,3}?(?:nicht|nichts) (?:\w+ ){0,3}?(?:gekennzeichnet"
            r"|angegeben|vermerkt"
        r"|anders|anderes|genannt|ausgewiesen)|wenn nicht anders|soweit nicht anders|sofern nicht anders"
        r"|grunds[äa]tzlich"
        r"|mit ausnahmen",
        doubt=r"\bnicht unter\b|\bnicht lizen[sz]iert|nicht mehr|k[öo]nnte|sollte|m[öo]chte|m[üu]sste|w[üu]rde"
            r"|wollen wir|plan(?:en|t)"
        r"|wenn (?:du|sie|ihr)\b|zum beispiel|z\. ?b\.|fr[üu]her|ehemals|k[üu]nftig|wurde fr[üu]her|beispielsweise"
        r"|geplant"
        r"|strebt|anstatt|statt\b|werden soll|bis \d{4}|erkl[äa]r(?:en|st) (?:sie|du)",
        reserved=r"alle rechte (?:liegen|bleiben|sind)?\s?vorbehalten|nachdruck (?:nur|verboten)"
            r"|vervielf[äa]ltigung nur",
    ),
    "fr": Words(
        verb=r"(?:mis|mise|mises)\s+(?:à|a) (?:la )?disposition|sous (?:la |une |les )?licence|sous (?:les )?termes"
            r"|publi[ée]e?s?\b"
        r"|diffus[ée]e?s?\b|distribu[ée]e?s?\b|disponibles? (?:sous|selon)|selon les termes|licenci[ée]e?s?\b"
        r"|plac[ée]e?s?\b"
        r"|propos[ée]e?s? sous|soumis(?:e|es)?\b|sous contrat|est sous\b|sont sous\b",
        label=r"licences?|droits",
        work=r"\b(?:ce|cet|cette|ces|cettes) (?:[\w']+[ -]){0,2}?(?:œuvre|oeuvre|article|page|texte|billet|document"
            r"|contenu|contenus"
        r"|site|blog|blogue|ouvrage|wiki|publication|travail|cr[ée]ation|note|post|ressource|cours)s?\b"
        r"|(?:contenu|texte)s? de (?:cette page|cet article|ce document)",
        content=r"\b(?:textes?|articles?|contenus?|pages?|billets?|documents?|œuvres?|oeuvres?|publications?|site"
            r"|blog|wiki"
        r"|documentation|ressources|informations)\b",
        place=r"\b(?:ce|cet|cette|notre|nos|mon|du|le) (?:[\w']+[ -]){0,2}?(?:site|blog|blogue|wiki|page|pages"
            r"|portail)\b",
        hedge=r"sauf (?:mention|indication|si|avis|exception)|à l'exception|hormis|sauf pr[ée]cision",
        doubt=r"n'est pas|ne sont pas|n'est plus|ne sont plus|pourrait|pourraient|devrait|souhait|voudr|si vous|par"
            r" exemple"
        r"|auparavant|anciennement|sera\b|seront\b|en soumettant|en contribuant|vous acceptez|envisag|au lieu",
        reserved=r"tous (?:les )?droits (?:de reproduction )?r[ée]serv[ée]s|reproduction (?:interdite|strictement)",
    ),
    "es": Words(
        verb=r"(?:est[áa]n?|se (?:encuentran?|distribuyen?|publican?|ofrecen?|difunden?)) |bajo (?:una |la |los "
            r"|licencia)|licenciad[oa]s?"
        r"|publicad[oa]s? (?:bajo|con)|distribuid[oa]s?|disponibles? bajo|sujet[oa]s? a|amparad[oa]s?"
        r"|protegid[oa]s? (?:por|bajo)",
        label=r"licencia|derechos",
        work=r"\b(?:est[aeo]s?) (?:\w+[ -]){0,2}?(?:obras?|art[íi]culos?|p[áa]ginas?|textos?|entradas?|documentos?"
            r"|contenidos?|sitio|blog"
        r"|web|trabajo|publicaci[óo]n|wiki|material(?:es)?|post|portal|bit[áa]cora|recurso)\b"
        r"|contenidos? de est[ae] (?:p[áa]gina|art[íi]culo|entrada)",
        content=r"\b(?:textos?|art[íi]culos?|contenidos?|p[áa]ginas?|entradas|documentos?|obras?|publicaciones"
            r"|sitio|blog|web|wiki"
        r"|documentaci[óo]n|material(?:es)?|informaci[óo]n)\b",
        place=r"\b(?:est[ae]|nuestr[oa]|mi|del|de la) (?:\w+[ -]){0,2}?(?:sitio|blog|web|wiki|p[áa]gina|portal"
            r"|bit[áa]cora)\b",
        hedge=r"(?:salvo|excepto|a menos|si no|a no ser)(?: \w+){0,4} (?:indi(?:que|ca|cado)|contrari[oa]"
            r"|especifi(?:que|ca|cado)|se[ñn]ale|otra cosa)"
        r"|salvo (?:indicaci[óo]n|que)|excepto donde",
        doubt=r"\bno est[áa]n? (?:bajo|licenciad)|ya no|podr[íi]a|deber[íi]a|quisi[ée]ramos|si usted|si (?:quieres"
            r"|deseas)|por ejemplo"
        r"|anteriormente|al (?:enviar|publicar|contribuir)|aceptas?\b|ser[áa]n?\b|en lugar de",
        reserved=r"todos los derechos reservados|derechos reservados|prohibida (?:su|la) reproducci[óo]n",
    ),
    "it": Words(
        verb=r"(?:è|sono|e') (?:\w+ ){0,2}?(?:distribuit|pubblicat|rilasciat|licenziat|disponibil|soggett|concess"
            r"|sotto)\w*"
        r"|distribuit[oaie]\b|pubblicat[oaie] (?:con|sotto|in)|rilasciat[oaie]\b|disponibil[ei] (?:sotto|con|in"
        r" base|secondo)"
        r"|sotto (?:una |la )?licenza|con (?:una )?licenza|concess[oaie] in licenza|licenziat[oaie]",
        label=r"licenza|diritti",
        work=r"\bquest(?:a|o|e|i|')\s?(?:\w+[ -]){0,2}?(?:opera|articolo|pagina|testo|post|documento|contenuto"
            r"|contenuti|sito|blog|lavoro"
        r"|pubblicazione|wiki|materiale|materiali|opere|articoli|pagine|testi)\b|contenut[oi] di quest[ao]"
        r" (?:pagina|articolo)",
        content=r"\b(?:test[oi]|articol[oi]|contenut[oi]|pagin[ae]|document[oi]|oper[ae]|pubblicazioni|sito|blog"
            r"|wiki|documentazione"
        r"|material[ei]|informazioni)\b",
        place=r"\b(?:quest[oa]|nostro|mio|del|il|presente) (?:\w+[ -]){0,2}?(?:sito|blog|wiki|pagina|portale)\b",
        hedge=r"(?:salvo|eccetto|tranne|dove non|ove non|se non)(?: \w+){0,4} (?:divers[ao]|diversamente"
            r"|indicat[oa]|specificat[oa]|altrimenti)"
        r"|salvo (?:diversa|indicazione)",
        doubt=r"non (?:è|sono) (?:\w+ )?(?:licenziat|distribuit|pubblicat|rilasciat|sotto)|non più|potrebbe"
            r"|dovrebbe|vorremmo|se (?:vuoi|desideri)"
        r"|per esempio|ad esempio|in precedenza|inviando|contribuendo|accetti|sarà|saranno",
        reserved=r"tutti i diritti (?:sono )?riservati|riproduzione (?:riservata|vietata)",
    ),
    "pt": Words(
        verb=r"(?:est[áa]|est[ãa]o|[ée]|s[ãa]o|foi) (?:\w+ ){0,2}?(?:licenciad|dispon[íi]ve|publicad|distribu[íi]d"
            r"|sob)\w*|licenciad[oa]s?"
        r"|dispon[íi]ve(?:l|is) (?:sob|nos termos)|sob (?:a |uma |os )?(?:licen[çc]a|termos)|publicad[oa]s? sob"
        r"|distribu[íi]d[oa]s? sob"
        r"|disponibilizad[oa]s?|est[áa] sob\b",
        label=r"licen[çc]a|direitos",
        work=r"\b(?:est[ea]s?|desta|deste) (?:\w+[ -]){0,2}?(?:obras?|artigos?|p[áa]ginas?|textos?|posts?"
            r"|documentos?|conte[úu]dos?|site|s[íi]tio"
        r"|blog|blogue|trabalho|publica[çc][ãa]o|wiki|material|materiais|portal)\b",
        content=r"\b(?:textos?|artigos?|conte[úu]dos?|p[áa]ginas?|documentos?|obras?|publica[çc][õo]es|site"
            r"|s[íi]tio|blog|blogue|wiki|materia(?:l|is)"
        r"|documenta[çc][ãa]o)\b",
        place=r"\b(?:est[ea]|deste|neste|nosso|meu|do|no) (?:\w+[ -]){0,2}?(?:site|s[íi]tio|blog|blogue|wiki"
            r"|p[áa]gina|portal)\b",
        hedge=r"(?:salvo|exceto|excepto|a menos|a n[ãa]o ser)(?: \w+){0,5} (?:indica[çc][ãa]o|indicado|contr[áa]rio"
            r"|especificado|mencionado)"
        r"|salvo (?:indica[çc][ãa]o|disposi[çc][ãa]o)|exceto (?:quando|onde)",
        doubt=r"n[ãa]o (?:est[áa]|est[ãa]o|[ée]|s[ãa]o) (?:licenciad|sob)|n[ãa]o mais|poderia|deveria"
            r"|gostar[íi]amos|se voc[êe]|por exemplo"
        r"|anteriormente|ao (?:enviar|publicar|contribuir)|voc[êe] concorda|ser[áa]\b|ser[ãa]o\b",
        reserved=r"todos os direitos reservados|direitos reservados|proibida a reprodu[çc][ãa]o",
    ),
    "nl": Words(
        verb=r"gelicen[ts]ieerd|gepubliceerd|beschikbaar|in licentie gegeven|valt onder|vallen onder|onder (?:de"
            r"|een) |uitgebracht|vrijgegeven"
        r"|verspreid|gedeeld",
        label=r"licentie|rechten",
        work=r"\b(?:dit|deze|dat) (?:\w+[ -]){0,2}?(?:werk|werken|artikel|artikelen|pagina|pagina's|tekst|teksten"
            r"|bericht|berichten|document|inhoud"
        r"|site|website|blog|weblog|publicatie|wiki|materiaal)\b|inhoud van (?:deze pagina|dit artikel)",
        content=r"\b(?:tekst|teksten|artikel|artikelen|inhoud|pagina|pagina's|document|documenten|werk|werken"
            r"|publicaties|site|website|blog|wiki"
        r"|documentatie|materiaal|content|berichten)\b",
        place=r"\b(?:deze|dit|onze|mijn|de) (?:\w+[ -]){0,2}?(?:site|website|blog|weblog|wiki|pagina|portaal)\b",
        hedge=r"(?:tenzij|behalve|behoudens)(?: \w+){0,4} (?:anders|vermeld|aangegeven|staat|genoemd)|tenzij anders"
            r"|behoudens andersluidende",
        doubt=r"niet (?:langer )?(?:onder|gelicentieerd|beschikbaar|gepubliceerd|vrijgegeven)|niet meer|zou kunnen"
        r"|zouden|zou moeten|willen we|als (?:je|u)\b"
            r"|bijvoorbeeld|voorheen|vroeger"
        r"|door (?:te|het)|zal worden|in plaats van",
        reserved=r"alle rechten (?:zijn )?voorbehouden",
    ),
    "pl": Words(
        verb=r"dost[ęe]pn\w+|udost[ęe]pnian\w+|udost[ęe]pnion\w+|licencjonowan\w+|opublikowan\w+|na licencji|na"
            r" zasadach licencji|na warunkach|obj[ęe]t\w+",
        label=r"licencja|prawa autorskie",
        work=r"\b(?:ten|ta|to|te|tej|tego|niniejsz\w+) (?:\w+[ -]){0,2}?(?:utw[óo]r\w*|artyku[łl]\w*|stron\w*"
            r"|tekst\w*|wpis\w*|dokument\w*|tre[śs][ćc]\w*"
        r"|tre[śs]ci\w*|witryn\w*|blog\w*|serwis\w*|prac\w*|publikacj\w*|wiki|materia[łl]\w*|dzie[łl]\w*)\b",
        content=r"\b(?:tekst\w*|artyku[łl]\w*|tre[śs][ćc]|tre[śs]ci\w*|stron\w*|dokument\w*|utwor\w*|utw[óo]r"
            r"|publikacj\w*|serwis\w*|blog\w*|wiki"
        r"|dokumentacj\w*|materia[łl]\w*|wpis\w*)\b",
        place=r"\b(?:tej|tego|tym|naszej|naszego|mojego|na) (?:\w+[ -]){0,2}?(?:stron\w*|witryn\w*|blog\w*"
            r"|serwis\w*|wiki|portal\w*)\b",
        hedge=r"(?:o ile|je[śs]li|chyba [żz]e|z wyj[ąa]tkiem)(?: \w+){0,4} (?:zaznaczono|inaczej|stwierdzono"
            r"|wskazano|nie)|o ile nie|z wyj[ąa]tkiem",
        doubt=r"nie (?:jest|s[ąa]) (?:\w+ )?(?:dost[ęe]pn|obj[ęe]t|licencj)|ju[żz] nie|m[óo]g[łl]by|powinien|powinn"
            r"|chcieliby|je[śs]li chcesz|na przyk[łl]ad|np\."
        r"|wcze[śs]niej|poprzednio|przesy[łl]aj[ąa]c|zgadzasz si[ęe]|zostanie|b[ęe]dzie",
        reserved=r"wszelkie prawa zastrze[żz]one|wszystkie prawa zastrze[żz]one",
    ),
    "ja": Words(
        verb=r"(?:ライセンス|許諾)(?:の(?:下|もと|元))?(?:で|に|により)?|公開され|提供され|利用(?:でき|可能|許諾)|ライセンスされ|の下に|のもとで|に基づ",
        label=r"ライセンス|著作権|利用規約",
        work=r"(?:この|本|当該?)(?:作品|記事|ページ|文書|文章|サイト|ウェブサイト|コンテンツ|著作物|ブログ|論文|ドキュメント|投稿|ウィキ|資料|テキスト)",
        content=r"テキスト|文章|記事|コンテンツ|文書|ページ|著作物|ドキュメント|作品|ブログ|サイト",
        place=r"(?:この|本|当)(?:サイト|ウェブサイト|ブログ|ページ|ウィキ)",
        hedge=r"特に(?:記載|明記|断り|指定|表示)|別途(?:記載|明記)|除き|明記(?:されて|し)?(?:い)?ない限り|特記",
        doubt=r"ではありません|いません|可能性があ|予定|たい(?:です|と思)|例えば|たとえば|以前は|かつて|投稿する(?:こと|と)|同意した",
        reserved=r"無断(?:転載|複製|転用|使用)|転載(?:を)?禁|禁無断転載|著作権所有|全著作権",
    ),
    "zh": Words(
        verb=r"采用|採用|使用|以.{0,30}(?:授权|授權|发布|發布|释出|釋出|提供)|授权|授權|许可|許可|进行许可|遵循|依据|依據|基于|基於|發佈|发布|之下|條款下|条款下|提供",
        label=r"许可(?:协议|证)?|許可|授权(?:协议|条款)?|授權(?:條款)?|版权(?:声明)?|版權(?:聲明)?",
        work=r"(?:本|此|该|這|这)(?:作品|文章|文|页面|頁面|页|頁|站点|站點|网站|網站|站|博客|部落格|文档|文檔|内容|內容|著作|百科|维基|維基|书|書|篇文章|教程|資料|资料)"
        r"(?:内容|內容)?",
        content=r"文章|文字|内容|內容|文本|页面|頁面|作品|文档|文檔|著作|博客|网站|網站|资料|資料|条目|條目",
        place=r"(?:本|此|该)(?:站|网站|網站|博客|部落格|页|頁|页面|頁面|维基|維基)",
        hedge=r"除(?:非|特别|特別|另|了)?.{0,6}(?:另有|注明|註明|声明|聲明|说明|說明|标注|標註)|若无特殊|如无特别|如無特別|未(?:注明|註明)",
        doubt=r"(?:不|未)(?:采用|採用|使用|授权|授權)|可能|例如|比如|以前|曾经|曾經|如果您|如果你|同意(?:将|將)|提交",
        reserved=r"版权所有|版權所有|保留(?:所有|一切|全部)(?:权利|權利)|未经(?:授权|许可|许可).{0,6}(?:禁止|不得)|未經.{0,6}(?:授權|許可|同意).{0,8}(?:禁止"
            r"|不得)|禁止转载|禁止轉載|转载请联系",
    ),
}  # fmt: skip

"""Phrases that take a licence away from a page's text, as data: parts of it, exceptions, restrictions, what is told of
others or for later. Regular expressions without case, each for all languages at once."""

from __future__ import annotations

PARTS: dict[str, str] = {
    # what a licence may cover besides the text → the words for it, in all languages
    "images": r"\b(?:photos?|photographs?|photography|pictures?|images?|illustrations?|figures?|graphics?|icons?"
        r"|icon set|logos?|artworks?|screenshots?|cartoons?|maps?"
    r"|thumbnail|cover|banner|header image|wallpapers?|fotos?|fotografien?|bild(?:er|ern|es)?|abbildung(?:en)?"
    r"|grafik(?:en)?|illustration(?:en)?|titelbild|beitragsbild"
    r"|images?|illustrations?|im[áa]gen(?:es)?|fotograf[íi]as?|ilustraci[óo]n(?:es)?|immagin[ei]|fotografi[ae]"
    r"|illustrazion[ei]|imagem|imagens?|fotos|ilustra[çc](?:[ãa]o|[õo]es)"
    r"|afbeelding(?:en)?|foto's|illustraties?|zdj[ęe]ci\w*|obraz(?:y|ki|ek)\w*|ilustracj\w*|grafik\w*|crédits? photos?"
    r"|bildnachweis|flickr|wikimedia commons)\b"
    r"|画像|写真|イラスト|图片|圖片|照片|图像|圖像|插图|插圖"
    # images in languages that statements are not read in
    r"|\b(?:bildk[äa]lla|fotograf(?:er|en|i)?|billede(?:r|t)?|bilde(?:r|t)?|bildet|kuvat?|valokuva\w*"
    r"|obr[áa]z(?:ek|ky)|fotografie|k[ée]p(?:ek)?|f[ée]nyk[ée]p\w*|foto[ğg]raf\w*|g[öo]rsel\w*|imagin[ei]|gambar"
    r"|hình|ảnh)\b(?=\s*[:：©/(]|\s+(?:av|af|von|od)\b)"
    r"|\b(?:фото\w*|изображени\w*|рисун\w*|иллюстраци\w*|картин\w*|зображенн\w*|світлин\w*|снимк\w*|снимок)\b"
    r"|사진|그림|이미지|삽화|صور|רתמונ|תמונ|φωτογραφ\w*|εικόν\w*|εικόνα|ภาพ|चित्र|तस्वीर",
    "video": r"\b(?:videos?|films?|movies?|v[íi]deos?|filmes?|footage|clips?|wideo|filmy)\b|動画|视频|視頻|影片",
    "audio": r"\b(?:music|songs?|soundtracks?|tracks?|sounds?|audio|musik|musique|m[úu]sica|musica|muziek|muzyk\w+"
        r"|jingle|intro|outro)\b|音楽|音乐|音樂|音频",
    "code": r"\b(?:codes?|code samples?|source code|software|programs?|scripts?|samples?|snippets?|quellcode"
        r"|quelltext|codebeispiele|código|codice|plugin|library|repository"
    r"|app|apps|oprogramowani\w+|broncode)\b|コード|ソフトウェア|代码|代碼|程式碼|软件",
    "data": r"\b(?:data|datasets?|databases?|metadata|daten|datensatz|datens[äa]tze|datenbank|donn[ée]es|datos|dati"
        r"|dados|gegevens|dane|openstreetmap|osm|map data|kartendaten"
    r"|kartenkacheln|map tiles|tiles)\b|データ|数据|數據",
    "design": r"\b(?:themes?|templates?|designs?|layout|fonts?|stylesheet|css|skins?|webfonts?|schrift(?:art)?"
        r"|vorlage|gabarit|plantilla|modello|tema|thème|motyw|szablon)\b|テーマ|主题|主題",
    "comments": r"\b(?:user (?:contributions?|content|submissions?|comments?)|comments?|contributions?|submissions?"
        r"|kommentare?|commentaires?|comentarios|commenti|coment[áa]rios|reacties|komentarz\w*"
    r"|forum posts?|user[- ]generated|forumsbeitr[äa]ge|nutzerbeitr[äa]ge)\b|コメント|评论|評論",
    "quotes": r"\b(?:quotes?|quotations?|excerpts?|abstracts?|zitate?|citations?|extraits?|citas?|citazion[ei])\b"
        r"|引用|引文",
    "namespace": r"\bnamespaces?\b|namensraum",
    "slides": r"\b(?:slides|slide deck|slideshow|foliensatz|vortragsfolien|diapositiv[aeo]s?|3d[- ]models?)\b",
}  # fmt: skip

EXCEPT = (
    r"\bexcept(?:ing)?(?: for)?\b|\bexclud\w+|\bwith the exception|\bother than\b|\bapart from|\bbut not\b|\bnot"
    r" includ\w+"
    r"|\bau(?:ß|ss)er\b|\bausgenommen|\bmit ausnahme|\bnicht (?:aber )?(?:die|für)\b|\bsauf\b|\bhors\b|\bhormis\b"
    r"|\bà l'exception|\bexcepto\b|\bsalvo\b|\bexceto\b|\beccetto\b"
    r"|\btranne\b|\besclus\w+|\bbehalve\b|\buitgezonderd|\bmet uitzondering|\bz wyj[ąa]tkiem|\bopr[óo]cz"
    r"|除く|除了|除外|を除"
)

AND = (
    r"(?:\s*(?:,|/|&|\+|\band\b|\bas well as\b|\bund\b|\bsowie\b|\bet\b|\by\b|\be\b|\ben\b|\bi\b|\boraz\b|や|と"
    r"|・|和|及"
    r"|、|\band all\b|\bor\b|\boder\b|\bou\b|\bo\b)\s*(?:(?:the|all|die|alle|les|los|las|le|de|all|its)\s+)?)"
)

NONCOMMERCIAL = (
    r"\bcommercial(?:ly)?\b(?: \w+){0,3}? (?:is|are|not|requires?|needs?|prohibited|forbidden|without|only)\b"
    r"|\b(?:no|not for) commercial\b|\bkommerzielle\w*(?: \w+){0,3} (?:nicht|untersagt|verboten|nur|bedarf)\b"
    r"|\b(?:usage|utilisation) commerciale?(?: \w+){0,3} (?:interdite?|soumise?)"
    r"|\bprohibid[oa](?: \w+){0,3} comercial|\bproibid[oa](?: \w+){0,3} comercial|\bvietat[oa]\b[^.]{0,20}commercial"
    r"|\buso comerci?al[e]?(?: \w+){0,3} (?:prohibido|proibido|no )|\bzakaz\b[^.]{0,20}komercyjn"
    r"|\bkomercyjn\w*(?: \w+){0,3} zabronion|\bcommercieel gebruik(?: \w+){0,3} (?:niet|verboden)|"
    r"\bnon[- ]?commercial|\bnicht[- ]?kommerzi|\bkeine kommerzielle|\bnon[- ]?commercia|\bpas d.utilisation"
    r" commerciale|\bno[- ]?comercial|\bn[ãa]o[- ]?comercia"
    r"|\bniet[- ]?commerci|\bniekomercyjn|\bu[żz]ycie niekomerc|非営利|非商业|非商業|\bno derivative|\bno modification"
    r"|\bkeine bearbeitung|改変禁止|禁止演绎|禁止演繹|禁止改作"
)

PARTIAL = (
    # what somebody wants of others, and what holds for some years only
    r"\b(?:recommend|encourag|suggest|request|propos|urg)(?:e|es|ed|ing)?\b|\bempfehl\w+|\brecommand\w+|\brecomend\w+"
    r"|\braccomand\w+|\b(?:after|before|since|until|from|starting|ab|seit|bis|vor|depuis|desde|dal|sinds|od)\b"
    r"[^.]{0,12}\b(?:19|20)\d\d\b|\bus(?:e|es|ing) (?:\w+ ){0,3}?(?:works?|materials?|content|texts?|articles?)\b|"
    # some of it, or another version of it
    r"\b(?:some|most|parts?|portions?|sections?|many|several|certain|selected|each|one|none) (?:of |contents?\b"
    r"|articles\b"
    r"|texts?\b|pages\b|posts\b|material)|\b(?:earlier|previous|older|original|first|another|other|preprint|draft)"
    r" (?:version|edition)"
    r"|\b(?:einige|manche|teile|ein teil|ausgewählte|frühere|ältere)\b|\b(?:certaine?s|une partie|quelques"
    r"|plusieurs|ancienne version)\b"
    r"|\b(?:algun[oa]s|parte de|partes de|ciert[oa]s|vari[oa]s)\b|\b(?:alcun[ie]|parte dei|parti di|certi)\b"
    r"|\b(?:algu(?:ns|mas)|partes d[eo]|cert[oa]s)\b|\b(?:sommige|delen van|enkele|een deel)\b|\b(?:niektóre|część"
    r"|wybrane)\b"
    r"|一部|部分(?:内容|內容|文章)|有些|某些"
    # something that this was made from, or that stands in it
    r"|\b(?:based (?:up)?on|adapted from|derived from|contains?|containing|includes?|including|incorporat\w+"
    r"|reproduced from|taken from"
    r"|excerpted from|translated from|quoted?|cites?|citing|courtesy|borrow\w*|reus\w+ from|sister|partner|linked)\b"
    r"|\bbasier(?:t|en)\b|\bentnommen|\bbeinhalte[nt]|\benthält|\bübernommen|\bstammt|\bübersetzung (?:von|des|der)"
    r"|\b(?:basée?s? sur|adaptée?s? d|tirée?s? d|extraite?s? d|contient|provient)\b"
    r"|\b(?:basad[oa]s? en|adaptad[oa]s? de|extraíd[oa]s? de|contiene|proviene)\b|\b(?:basat[oaie] su|adattat[oaie]"
    r" da|tratt[oaie] da)"
    r"|\b(?:basead[oa]s? em|retirad[oa]s? de|extraíd[oa]s? de|contém)|\b(?:gebaseerd op|afkomstig|ontleend|bevat)\b"
    r"|\b(?:opart[yae]\b|pochodz\w+|zawiera)|改変した|から引用|から転載|基于|基於|改编自|改編自|转自|轉自|摘自|引自"
)

OTHERS = (
    r"\b(?:wikipedia|wikimedia|wikisource|wiktionary|wikivoyage|flickr|unsplash|pixabay|pexels|openstreetmap"
    r"|youtube|vimeo|soundcloud"
    r"|stack ?overflow|stack ?exchange|wikidata|wikihow|fandom|freesound|europeana|geonames|musicbrainz|google"
    r" fonts|font ?awesome)\b"
)
"""Sites whose name in a sentence means that something came from there, unless the page is theirs."""

_MONTHS = (
    r"(?:months?|years?|weeks?|days?|monat\w*|jahr\w*|mois|ans?|ann[ée]es?|meses|años?|anos?|mesi|anni|maand\w*|jaar"
    r"|miesi[ęaą]c\w*|lat|roku)"
)
_NUMBER = (
    r"(?:\d{1,3}|an?|one|two|three|six|twelve|twenty[- ]four|ein(?:em|er)?|zw[öe]lf|sechs|un|une|six|douze|doce|seis"
    r"|dodici|sei|doze|twaalf|zes|een|dwunastu|sze[śs]ciu)"
)
WHEN = (
    # a day on which it begins or ends: "CC BY 4.0 from 2031", "after 12 months", "once the embargo ends"
    r"\bembargo|\b(?:delayed|moving wall)\b|\bsperrfrist|\bkarenzzeit"
    r"|\b(?:from|after|until|before|as of|starting|beginning|effective|ab|nach|bis zum|bis|vor|à partir|a partir"
    r"|apr[èe]s"
    r"|jusqu\w*|avant|desde|despu[ée]s|hasta|antes|dal|dall\w*|dopo|fino|prima|depois|ap[óo]s|at[ée]|vanaf|tot|na|od|po"
    r"|do|przed)\b[^.;]{0,24}?\b(?:(?:19|20|21)\d\d\b(?!\s*[-–]\s*(?:19|20)\d\d)|" + _NUMBER + r"\s+" + _MONTHS + r"\b)"
    r"|\d{1,4}\s*(?:年|か月|ヶ月|个月|個月)[^。]{0,8}(?:から|以降|より|後|后|起|之后|之後|以后|以後|まで|前)"
    r"|\b(?:once (?:it|the|this)|as soon as)\b|\bsobald\b|\bd[èe]s que\b|\buna vez que\b|\bnon appena\b"
    r"|\bassim que\b|\bzodra\b|\bgdy tylko\b"
)
"""A licence for later, or for a time that is over."""

LIMITED = (
    # for some people, in some place, under more terms than its own
    r"\bfor [\w -]{1,40} only\b|\bonly (?:for|in|to|within)\b|\bin [\w ]{1,30} only\b|\bunless you\b"
    r"|\bfor (?:our |all )?(?:subscribers|members|libraries|non-?profits?|individuals|students|schools|customers"
    r"|registered)\b|\bwith (?:\w+ )?(?:additional|further|extra|some|the following) (?:restriction|condition|term"
    r"|limitation)"
    r"|\bnur (?:für|in|zu)\b|\b(?:uniquement|seulement) (?:pour|en)\b|\b(?:s[óo]lo|[úu]nicamente|solamente) (?:para"
    r"|en)\b"
    r"|\bsolo (?:per|in)\b|\b(?:apenas|somente) (?:para|em)\b|\balleen (?:voor|in)\b|\b(?:tylko|wył[ąa]cznie) (?:dla"
    r"|w)\b"
    r"|に限り|に限って|ことに同意|仅限|僅限|仅供|僅供"
    # a part of the work, or another form of it
    r"|\b(?:title|summary|introduction|preface|appendix|synopsis|outline|bibliography|chapters? \w+|first \w+"
    r"|\w+ (?:version|edition|half)) of (?:this|the|our)\b"
    # what the work is about
    r"|\bthis \w+ (?:is (?:a|an|the) \w+ (?:of|about|on)|is about|explains?|describes?|discusses|reviews?|links? to"
    r"|summari[sz]es)\b(?![^.]*\band (?:is|are)\b)"
)
"""A licence not for all, of all, or of this."""

TOLD_OF = (
    # the terms of a journal, for those who write in it
    r"\bretain\w*\b[^.]{0,40}\bgrant|\bgrant(?:s|ing)? (?:\w+ ){0,3}?(?:journal|publisher|right of)|\bfirst publication"
    r"|\bsimultaneously licen|\berstver[öo]ffentlichung|\br[äa]um(?:en|t) der zeitschrift|\bpremi[èe]re publication"
    r"|\b(?:accord|c[èe]d|conc[èe]d)\w* (?:à|a) (?:la|cette) revue|\bprimera publicaci[óo]n|\bprima pubblicazione"
    r"|\b(?:ceden|otorgan|conceden|garantizan|cedono|concedono|concedem|cedem) (?:a la|alla|à) (?:revista|rivista)"
    r"|\bprimeira publica[çc][ãa]o|\beerste publicatie|\bpierwsz\w+ publikacj|\budziel\w+ czasopism"
    r"|(?:著者|投稿者|執筆者)は[^。]{0,20}(?:許諾|同意|保持)|(?:作者|著作人)(?:保留|同意|授予)|首次(?:发表|發表|出版)"
    # what was published at some time
    r"|\b(?:published|posted|submitted|accepted|written|created|issued) (?:on or )?(?:after|before|since|from|until"
    r"|between"
    r"|prior|as of|in or after)\b"
    r"|\b(?:nach|vor|ab|seit|bis)\b[^.,]{0,30}(?:erschienen|ver[öo]ffentlicht|publiziert|eingereicht)"
    r"|\b(?:publi[ée]e?s?|parus?|parues?|soumis\w*) (?:avant|apr[èe]s|depuis|à partir|jusqu)"
    r"|\b(?:publicad[oa]s?|pubblicat[oaie]|enviad[oa]s?) (?:antes|despu[ée]s|desde|a partir|hasta|prima|dopo|dal"
    r"|fino|depois"
    r"|ap[óo]s|at[ée])\b"
    r"|\b(?:gepubliceerd|verschenen|ingediend) (?:na|voor|vanaf|sinds|tot)\b|\b(?:na|vóór|voor|vanaf|sinds) [^.,]{0,24}"
    r"(?:gepubliceerd|verschenen)"
    r"|\b(?:opublikowan|wydan|nades[łl]an)\w+ (?:po|przed|od|do)\b|(?:以降|以前|より前|より後)に(?:公開|掲載|発表)"
    r"|(?:之后|以后|之前|以前|之後|以後)(?:发表|發表|发布|發佈|刊登)"
    # what somebody reports of others
    r"|\b(?:said|says|announce[sd]|report(?:s|ed) that|stated|confirm\w+|according to|explain(?:s|ed)|told)\b"
    r"|\bunlike\b|(?<!and )(?<!with )(?<!of )\b(?:its|their|his|her|whose) (?:\w+ ){0,2}?(?:report|stor|article|paper"
    r"|content|work|documentation|publication|blog"
    r"|site|text|post|book|page)\w*"
    r"|\b(?:laut|zufolge|k[üu]ndigte|teilte|erkl[äa]rte|gab bekannt)\b|\b(?:selon|d'apr[èe]s|a annonc[ée]"
    r"|a d[ée]clar[ée])\b"
    r"(?! les| la licence| la\W*$)"
    r"|\b(?:seg[úu]n|anunci[óo]|declar[óo]|dijo|afirm[óo])\b(?! los t| las condic| la licencia| la\W*$)"
    r"|\b(?:secondo|ha annunciato|ha dichiarato|ha detto)\b(?! i termini| le condizioni| la licenza| la\W*$)"
    r"|\b(?:segundo|anunciou|declarou|disse|afirmou)\b(?! os termos| a licen| a\W*$)"
    r"|\b(?:volgens|kondigde|zei|verklaarde)\b(?! de (?:voorwaarden|bepalingen|licentie)| de\W*$)"
    r"|\b(?:według(?! licencji| zasad| warunk)|ogłosił\w*|powiedział\w*|oświadczył\w*)\b"
    r"|によると|によれば|と(?:発表|述べ|語)|(?:表示|宣布|称|稱|指出)(?:，|,|其|该|該)|据[^。]{0,12}(?:报道|報道)"
    # what was taken over from somebody
    r"|\btranslations? of\b|\b(?:re)?published from\b|\b(?:re-?published|re-?posted|reprinted|syndicated"
    r"|cross-?posted|imported) (?:\w+ ){0,2}?"
    r"(?:from|with|by|at|in)\b|\b(?:first|originally) (?:published|appeared)"
    r"|\bexcept (?:this|these|that)\b|\bwas imported\b|\bthe (?:old|former) (?:site|website|blog|wiki|version|page)s?\b"
)
"""What a sentence tells of others, or of works that are not at hand: no statement about this page."""

RESERVED = (
    r"\ball[- ]+rights?[- ]+reserved|\b(?:do|may|must) not (?:be )?(?:copy|copied|reproduce|reproduced"
    r"|redistribut\w+)\b"
    r"|\bkopieren(?: \w+){0,2}? (?:verboten|untersagt)|\bnachdruck\b[^.]{0,40}verboten"
    r"|\bvietat[ao]\b[^.]{0,12}(?:riproduzione|copia)"
    r"|\bniets uit deze\b|\bzakaz kopiowania|\bkopiowanie\b[^.]{0,30}zabronion|谢绝转载|謝絕轉載"
    r"|严禁转载|嚴禁轉載|不得转载|不得轉載|"
    r"\bno (?:re-?use|reproduction|copying|re-?publication|redistribution) (?:without|is)\b|\b(?:re-?publication"
    r"|reproduction"
    r"|re-?use|redistribution|copying)(?: \w+){0,3}? (?:requires?|only with|prohibited|forbidden|(?:is|are) not)\b"
    r"|\b(?:weitergabe|verwendung|nutzung|weiterverwendung)(?: \w+){0,2}? nur mit\b|"
    r"все права (?:защищены|сохранены|принадлежат)|всі права (?:захищен|застережен)\w*|всички права запазени"
    r"|сва права задржана|перепечатка[^.]{0,30}запрещен\w*|копирование[^.]{0,40}запрещен\w*"
    r"|\balla r[äa]ttigheter (?:f[öo]rbeh[åa]ll|reserver)\w*|\balle rettigheter (?:reserver|forbehold)\w*"
    r"|\balle rettigheder forbehold\w*|\beftertryck f[öo]rbjud\w*|\bkaikki oikeudet pid[äa]tet\w*"
    r"|\bv[šs]echna pr[áa]va vyhrazena|\bv[šs]etky pr[áa]va vyhraden\w*|\bminden jog fenntartva"
    r"|\bt[üu]m haklar[ıi] sakl[ıi]d[ıi]r|\btoate drepturile rezervate|\bsva prava pridr[žz]ana"
    r"|\bvse pravice pridr[žz]ane"
    r"|\bvisos teis[ėe]s saugomos|\bvisas ties[īi]bas (?:aizsarg[āa]tas|paturētas)|\bk[õo]ik õigused kaitstud"
    r"|\b[öo]ll r[ée]ttindi [áa]skilin|\btots els drets reservats|\bhak cipta dilindungi"
    r"|\bbảo lưu mọi quyền|\bmọi quyền được bảo lưu"
    r"|모든 권리(?:를)? ?(?:보유|소유)|무단 ?(?:전재|복제|배포|도용)|판권 ?소유|με επιφύλαξη|όλα τα δικαιώματα"
    r"|جميع الحقوق محفوظة|كل الحقوق محفوظة|تمامی حقوق|کلیه حقوق|כל הזכויות שמורות|สงวนลิขสิทธิ์|सर्वाधिकार सुरक्षित"
)
"""All rights reserved, in languages that statements are not read in."""

NONCOMMERCIAL_ELSEWHERE = (
    r"некоммерч\w*|некомерц\w*|некомерці\w*|некомерч\w*|без производн\w*|без похідн\w*|(?:только"
    r"|исключительно) для личн\w*"
    r"|коммерческ\w*[^.]{0,40}(?:запрещ|только|не допуск|с разреш)\w*|запрещ\w+[^.]{0,40}коммерческ\w*"
    r"|\bicke[- ]?kommersi\w*|\bikke[- ]?kommersi\w*|\bikke[- ]?kommerci\w*|\bej (?:för )?kommersi\w*"
    r"|\binga bearbetningar"
    r"|\bingen? bearbeidels\w*|\bingen bearbejdels\w*|\bkommersiell\w*[^.]{0,40}(?:inte|ej|ikke|förbjud)\w*"
    r"|\bei[- ]?kaupalli\w*|\bep[äa]kaupalli\w*|\bei muutoksia|\bneko?mer[čc]n\w*|\bneu[žz][íi]vejte|\bnezasahujte"
    r"|\bnem[- ]?kereskedelmi|\bne add el|\bne v[áa]ltoztasd|\bticari olmayan|\bgayri ?ticari|\bt[üu]retilemez"
    r"|\bnecomercial\w*|\bf[ăa]r[ăa] deriv\w*|\bnekomerc\w*|\bnekomercijaln\w*|\bnon[- ]?komersial|\bphi thương mại"
    r"|\bno[- ]?comercial|비영리|변경 ?금지|상업적[^.]{0,20}(?:금지|불가|없)|μη[- ]εμπορικ\w*|όχι παράγωγα|غير تجاري"
    r"|غیرتجاری|غير التجاري"
    r"|לא[- ]מסחרי|ไม่ใช้เพื่อการค้า|गैर[- ]?व्यावसायिक|गैर[- ]?वाणिज्यिक"
    # and what ten languages say besides
    r"|\bfor (?:personal|private|educational|research) (?:and \w+ )?(?:use|purposes?)? ?only"
    r"|\bfor commercial (?:use|purposes|licen\w+),? (?:please|contact|see|ask|write|get)"
    r"|\bcontact\b[^.]{0,30} for commercial"
    r"|\bfor (?:private|personal) (?:\w+ )?use\b|\bmay not (?:\w+ ){0,2}?(?:alter|modify|transform|adapt|change|edit)\b"
    r"|\bno (?:changes|alterations|adaptations)\b|\bverbatim cop|\btraining (?:von|der) (?:ki\b|künstliche)"
    r"|\bnutzungsvorbehalt"
    r"|§ ?44b|\bfouille de textes"
    r"|\bexcept for commercial|\bor,? for commercial|\band a commercial licen|\bdual[- ]licen[cs]ed"
    r"|\bcommercial licen[cs]\w+"
    r" (?:is|are|available|on request|can)\b|\b(?:ej|inte|ikke)\b[^.]{0,30}\bkommer[sc]i\w*"
    r"|\btdm\b[^.]{0,30}\breserved|\b(?:not|never) (?:be )?used?(?: \w+){0,3}? (?:to|for)(?: \w+){0,3}? (?:train\w*"
    r"|ai|llms?)\b"
    r"|\bpersonal,? non|\b(?:train(?:ing)? (?:of )?(?:\w+ ){0,4}?(?:ai|models?|networks?|llms?)|machine learning"
    r"|text and data mining)\b[^.]{0,60}\b(?:prohibited|forbidden|not"
    r" (?:permitted|allowed)|reserved)\b|\bno (?:ai (?:training|use)|tdm)\b|\b(?:not|never) (?:be )?used? (?:to"
    r"|for) train"
)
"""Non-commercial and no-derivatives conditions in languages that statements are not read in, and against training."""

UNKNOWN_SCRIPT = r"[\u0370-\u03ff\u0530-\u08ff\u0900-\u109f\u10a0-\u10ff\u1200-\u137f\u1780-\u17ff]{3}"
"""Words in a script of which only a few phrases are known here: Greek, Hebrew, Arabic, Thai, of India …"""

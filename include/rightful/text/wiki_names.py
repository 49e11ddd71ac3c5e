"""Names that a wiki's markup gives a meaning to, in the languages that wikis are written in.

Compared case-folded, with spaces for underscores. A wiki in a language that is missing here loses nothing but
neatness: see ``_LONE`` in :mod:`rightful.text.wikitext`.
"""

from __future__ import annotations

import re
import unicodedata


def _names(listed: str, separator: str | None = None) -> frozenset[str]:
    return frozenset(
        unicodedata.normalize("NFC", name).strip().casefold() for name in listed.split(separator) if name.strip()
    )


FILE_NAMESPACES = _names(
    """
    file, image, media, datei, bild, fichier, archivo, imagen, immagine, ficheiro, imagem, arquivo, imaxe,
    bestand, afbeelding, plik, grafika, файл, изображение, зображення, выява, картинка, датотека, податотека,
    слика, ملف, صورة, وسائط, پرونده, تصویر, رسانه, فائل, קובץ, תמונה, चित्र, मीडिया, চিত্র, படிமம், దస్త్రం,
    బొమ్మ, പ്രമാണം, ചിത്രം, ಚಿತ್ರ, ચિત્ર, ਤਸਵੀਰ, ගොනුව, ไฟล์, ภาพ, 文件, 檔案, 档案, 图像, 圖像, 媒体,
    ファイル, 画像, 파일, 그림, tập tin, hình, berkas, gambar, fail, imej, dosya, resim, şəkil, fayl, tasvir,
    сурет, файла, kép, fájl, soubor, obrázek, súbor, obrázok, slika, datoteka, fișier, fişier, imagine, fil,
    billede, bilde, tiedosto, kuva, pilt, attēls, vaizdas, αρχείο, εικόνα, fitxategi, irudi, fitxer, imatge,
    dosiero, fasciculus, imago, պատկեր, ფაილი, სურათი, picha, faili, delwedd, íomhá, mynd, skrá, kontsaga, bil,
    hình ảnh, larawan, talaksan
    """,
    ",",
)

CATEGORY_NAMESPACES = _names(
    """
    category, kategorie, catégorie, categoría, categoria, categorie, kategoria, kategória, категория,
    категорія, катэгорыя, категорија, تصنيف, رده, زمرہ, קטגוריה, श्रेणी, वर्ग, বিষয়শ্রেণী, பகுப்பு, వర్గం,
    വർഗ്ഗം, ವರ್ಗ, શ્રેણી, ਸ਼੍ਰੇਣੀ, ප්‍රවර්ගය, หมวดหมู่, 分类, 分類, カテゴリ, 분류, thể loại, kategori,
    kateqoriya, turkum, санат, kategorija, luokka, kategooria, κατηγορία, kategorio, կատեգորիա, კატეგორია,
    jamii, categori, catagóir, flokkur, kaarangay, kategorya, категори, төркем, kategoriija, rummad, aicme,
    бүлек
    """,
    ",",
)

MEDIA_EXTENSIONS = _names(
    """
    jpg jpeg jpe png gif svg webp tif tiff xcf bmp ogg oga ogv opus webm mp3 mp4 mpg mpeg wav flac mid midi pdf
    djvu stl
    """
)

LANGUAGE_PREFIX = re.compile(
    r"(?!(?:doi|rfc|bug|mos|wmf|mw|wp|irc|mit|isbn|pmid|hdl)$)"
    r"(?:[a-z]{2,3}(?:-[a-z]{2,8}){0,3}|simple|tokipona|map-bms|zh-classical|roa-rup|roa-tara|cbk-zam)"
)
"""Prefix of a link to the same article in another language; those show nothing in the text."""

REDIRECT_WORDS = _names(
    """
    redirect weiterleitung redirection redirección redireccion redirecionamento rinvia doorverwijzing patrz
    przekieruj tam перенаправление перенаправлення перенапр перанакіраванне пренасочване преусмери
    пренасочување تحويل تغيير_مسير تغییرمسیر تغییر_مسیر رجوع_مکرر הפניה अनुप्रेषित पुनर्प्रेषित पुर्ननिर्देशन
    পুনর্নির্দেশ வழிமாற்று దారిమార్పు തിരിച്ചുവിടുക เปลี่ยนทาง 重定向 转向 轉址 重新導向 転送 リダイレクト
    넘겨주기 đổi alih yönlendirme YÖNLENDİRME istiqamətləndirmə айдау átirányítás presmeruj přesměruj preusmjeri
    preusmeritev redirecteaza omdirigering omdiriger ohjaus uudelleenohjaus suuna ανακατευθυνση ανακατεύθυνση
    birzuzendu redirecció alidirektu վերահղում გადამისამართება ail-cyfeirio athsheoladh tilvísun
    """
)

DROPPED_TAGS = _names(
    """
    ref references gallery math chem ce score timeline graph chart imagemap mapframe maplink templatestyles
    templatedata style script includeonly hiero inputbox categorytree indicator dynamicpagelist charinsert rt
    rp section video audio iframe object languages listing
    """
)
"""Tags whose content is no running text. Formulas are among them: half of one is worse than none."""

BLOCK_TAGS = _names("p div blockquote center pre poem dl ul ol syntaxhighlight source table caption tr")

KNOWN_TAGS = (
    DROPPED_TAGS
    | BLOCK_TAGS
    | _names(
        """
        b i u s br hr wbr small big sub sup span font tt code nowiki noinclude onlyinclude td th li dd dt em
        strong cite del ins abbr kbd var samp ruby rb h1 h2 h3 h4 h5 h6 strike q dfn bdi bdo mark time data
        translate tvar
        """
    )
)
"""Tags whose remains are taken out where they are unbalanced."""

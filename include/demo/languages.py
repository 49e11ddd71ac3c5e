"""Parts of sentences in eight languages. Any subject goes with any action, place and time of its language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """``sentence`` and ``lead`` are format strings; ``lead`` takes ``n`` (a number) and ``day`` (ISO date)."""

    code: str
    sentence: str
    lead: str
    title: str
    question: str
    answer: str
    redirect: str
    category: str
    subjects: tuple[str, ...]
    actions: tuple[str, ...]
    places: tuple[str, ...]
    times: tuple[str, ...]
    gap: str = " "


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


ENGLISH = Language(
    code="en",
    sentence="{s} {v} {p} {t}.",
    lead="Notice {n} of {day}:",
    title="Chronicle {n} of {day}",
    question="How was note {n} of {day} meant?",
    answer="Answer {n} of {day} in short:",
    redirect="REDIRECT",
    category="Category:Chronicles",
    subjects=_parts(
        "The engineers | Local farmers | Two librarians | The members of the council | Several teachers"
        " | Young musicians | The fishermen | Volunteers from the village | The printers | Retired sailors"
        " | Some students | The gardeners"
    ),
    actions=_parts(
        "repaired the old bridge | counted the migrating birds | published a map of the river"
        " | opened a small museum | planted four hundred trees | restored the broken clock"
        " | measured the quality of the water | rehearsed a forgotten opera"
        " | collected stories about the flood | built a wooden boat | discussed the new school"
        " | recorded the local dialect"
    ),
    places=_parts(
        "near the harbour | beside the old mill | at the edge of the forest | in the town hall"
        " | behind the station | on the market square | along the northern road | under the stone arch"
    ),
    times=_parts(
        "before the winter came | during the last week of the month | while it rained for days"
        " | after a long discussion | with the help of their neighbours | although money was short"
    ),
)

GERMAN = Language(
    code="de",
    sentence="{s} {v} {p} {t}.",
    lead="Meldung {n} vom {day}:",
    title="Chronik {n} vom {day}",
    question="Wie war die Notiz {n} vom {day} gemeint?",
    answer="Antwort {n} vom {day} in Kürze:",
    redirect="WEITERLEITUNG",
    category="Kategorie:Chronik",
    subjects=_parts(
        "Die Ingenieure | Die Bauern der Gegend | Zwei Bibliothekarinnen | Die Mitglieder des Rates"
        " | Einige Lehrer | Junge Musiker | Die Fischer | Freiwillige aus dem Dorf | Die Drucker"
        " | Alte Seeleute | Mehrere Studenten"
    ),
    actions=_parts(
        "reparierten die alte Brücke | zählten die Zugvögel | veröffentlichten eine Karte des Flusses"
        " | eröffneten ein kleines Museum | pflanzten vierhundert Bäume | setzten die alte Uhr instand"
        " | maßen die Güte des Wassers | probten eine vergessene Oper"
        " | sammelten Geschichten über das Hochwasser | bauten ein hölzernes Boot"
        " | berieten über die neue Schule"
    ),
    places=_parts(
        "am Hafen | neben der alten Mühle | am Rande des Waldes | im Rathaus | hinter dem Bahnhof"
        " | auf dem Marktplatz | an der nördlichen Straße | unter dem steinernen Bogen"
    ),
    times=_parts(
        "vor dem Einbruch des Winters | in der letzten Woche des Monats | bei tagelangem Regen"
        " | nach einer langen Aussprache | mit der Hilfe ihrer Nachbarn | trotz der knappen Mittel"
    ),
)

SPANISH = Language(
    code="es",
    sentence="{s} {v} {p} {t}.",
    lead="Aviso {n} del {day}:",
    title="Crónica {n} del {day}",
    question="¿Qué quería decir la nota {n} del {day}?",
    answer="Respuesta {n} del {day} en pocas palabras:",
    redirect="REDIRECCIÓN",
    category="Categoría:Crónicas",
    subjects=_parts(
        "Los ingenieros | Los agricultores de la zona | Dos bibliotecarias | Los miembros del consejo"
        " | Varios maestros | Unos músicos jóvenes | Los pescadores | Los voluntarios del pueblo"
        " | Los impresores | Los viejos marineros"
    ),
    actions=_parts(
        "repararon el puente viejo | contaron las aves migratorias | publicaron un mapa del río"
        " | abrieron un pequeño museo | plantaron cuatrocientos árboles | restauraron el reloj de la torre"
        " | midieron la calidad del agua | ensayaron una ópera olvidada | reunieron relatos de la inundación"
        " | construyeron una barca de madera"
    ),
    places=_parts(
        "cerca del puerto | junto al molino viejo | al borde del bosque | en el ayuntamiento"
        " | detrás de la estación | en la plaza del mercado | a lo largo del camino del norte"
        " | bajo el arco de piedra"
    ),
    times=_parts(
        "antes del invierno | en la última semana del mes | durante varios días de lluvia"
        " | tras una larga discusión | con la ayuda de sus vecinos | a pesar de la falta de dinero"
    ),
)

FRENCH = Language(
    code="fr",
    sentence="{s} {v} {p} {t}.",
    lead="Avis {n} du {day} :",
    title="Chronique {n} du {day}",
    question="Que voulait dire la note {n} du {day} ?",
    answer="Réponse {n} du {day} en bref :",
    redirect="REDIRECTION",
    category="Catégorie:Chroniques",
    subjects=_parts(
        "Les ingénieurs | Les paysans de la région | Deux bibliothécaires | Les membres du conseil"
        " | Plusieurs instituteurs | De jeunes musiciens | Les pêcheurs | Les bénévoles du village"
        " | Les imprimeurs"
    ),
    actions=_parts(
        "ont réparé le vieux pont | ont compté les oiseaux migrateurs | ont publié une carte de la rivière"
        " | ont ouvert un petit musée | ont planté quatre cents arbres | ont restauré la vieille horloge"
        " | ont mesuré la qualité de l'eau | ont répété un opéra oublié | ont recueilli des récits de la crue"
        " | ont construit une barque en bois"
    ),
    places=_parts(
        "près du port | à côté du vieux moulin | à la lisière de la forêt | à la mairie | derrière la gare"
        " | sur la place du marché | le long de la route du nord | sous l'arche de pierre"
    ),
    times=_parts(
        "avant l'hiver | pendant la dernière semaine du mois | malgré plusieurs jours de pluie"
        " | après une longue discussion | avec l'aide de leurs voisins | en dépit du manque d'argent"
    ),
)

RUSSIAN = Language(
    code="ru",
    sentence="{s} {v} {p} {t}.",
    lead="Сообщение {n} от {day}:",
    title="Хроника {n} от {day}",
    question="Что означала заметка {n} от {day}?",
    answer="Ответ {n} от {day} вкратце:",
    redirect="ПЕРЕНАПРАВЛЕНИЕ",
    category="Категория:Хроники",
    subjects=_parts(
        "Инженеры | Местные крестьяне | Два библиотекаря | Члены совета | Несколько учителей"
        " | Молодые музыканты | Рыбаки | Добровольцы из деревни | Печатники | Старые моряки"
    ),
    actions=_parts(
        "отремонтировали старый мост | сосчитали перелётных птиц | издали карту реки"
        " | открыли небольшой музей | посадили четыреста деревьев | починили башенные часы"
        " | измерили качество воды | отрепетировали забытую оперу | собрали рассказы о наводнении"
        " | построили деревянную лодку"
    ),
    places=_parts(
        "у гавани | рядом со старой мельницей | на опушке леса | в здании ратуши | за вокзалом"
        " | на рыночной площади | вдоль северной дороги | под каменной аркой"
    ),
    times=_parts(
        "до наступления зимы | в последнюю неделю месяца | под многодневным дождём | после долгого обсуждения"
        " | с помощью своих соседей | несмотря на нехватку денег"
    ),
)

ARABIC = Language(
    code="ar",
    sentence="{s} {v} {p} {t}.",
    lead="الخبر رقم {n} بتاريخ {day}:",
    title="سجل {n} بتاريخ {day}",
    question="ما المقصود بالملاحظة {n} بتاريخ {day}؟",
    answer="الجواب {n} بتاريخ {day} باختصار:",
    redirect="تحويل",
    category="تصنيف:سجلات",
    subjects=_parts(
        "المهندسون | المزارعون المحليون | أعضاء المجلس | بعض المعلمين | الموسيقيون الشباب | الصيادون"
        " | المتطوعون من القرية | عمال المطبعة | البحارة القدامى | طلاب المدينة"
    ),
    actions=_parts(
        "أصلحوا الجسر القديم | أحصوا الطيور المهاجرة | نشروا خريطة للنهر | افتتحوا متحفا صغيرا"
        " | زرعوا أربعمئة شجرة | رمموا ساعة البرج | قاسوا جودة المياه | جمعوا حكايات عن الفيضان"
        " | بنوا قاربا خشبيا | ناقشوا أمر المدرسة الجديدة"
    ),
    places=_parts(
        "قرب الميناء | بجانب الطاحونة القديمة | عند حافة الغابة | في دار البلدية | خلف محطة القطار"
        " | في ساحة السوق | على طول الطريق الشمالي | تحت القوس الحجري"
    ),
    times=_parts(
        "قبل حلول الشتاء | في الأسبوع الأخير من الشهر | أثناء أيام من المطر | بعد نقاش طويل | بمساعدة جيرانهم"
        " | رغم قلة المال"
    ),
)

HINDI = Language(
    code="hi",
    sentence="{t} {s} ने {p} {v}।",
    lead="सूचना {n}, दिनांक {day}:",
    title="वृत्तांत {n}, दिनांक {day}",
    question="दिनांक {day} की टिप्पणी {n} का क्या अर्थ था?",
    answer="दिनांक {day} का उत्तर {n}, संक्षेप में:",
    redirect="पुनर्प्रेषित",
    category="श्रेणी:वृत्तांत",
    subjects=_parts(
        "इंजीनियरों | स्थानीय किसानों | दो पुस्तकालयाध्यक्षों | परिषद के सदस्यों | कई शिक्षकों"
        " | युवा संगीतकारों | मछुआरों | गाँव के स्वयंसेवकों | पुराने नाविकों | कुछ विद्यार्थियों"
    ),
    actions=_parts(
        "पुराने पुल की मरम्मत की | प्रवासी पक्षियों की गिनती की | नदी का एक मानचित्र प्रकाशित किया"
        " | एक छोटा संग्रहालय खोला | चार सौ पेड़ लगाए | पानी की गुणवत्ता की जाँच की"
        " | एक भूले हुए नाटक का अभ्यास किया | बाढ़ की कहानियाँ इकट्ठी कीं | लकड़ी की एक नाव बनाई"
        " | नए विद्यालय पर चर्चा की"
    ),
    places=_parts(
        "बंदरगाह के पास | पुरानी चक्की के बगल में | जंगल के किनारे | नगर भवन में | स्टेशन के पीछे"
        " | बाज़ार के चौक पर | उत्तरी सड़क के साथ | पत्थर के मेहराब के नीचे"
    ),
    times=_parts(
        "सर्दियों से पहले | महीने के अंतिम सप्ताह में | कई दिनों की बारिश के बीच | लंबी चर्चा के बाद"
        " | पड़ोसियों की सहायता से | धन की कमी के बावजूद"
    ),
)

CHINESE = Language(
    code="zh",
    sentence="{t}，{s}{p}{v}。",
    lead="{day}第{n}号消息：",
    title="{day}第{n}号记事",
    question="{day}的第{n}号笔记是什么意思？",
    answer="{day}第{n}号回答，简单地说：",
    redirect="重定向",
    category="分类:记事",
    subjects=_parts(
        "工程师们 | 当地的农民 | 两位图书管理员 | 议会的成员 | 几位教师 | 年轻的音乐家 | 渔民们"
        " | 村里的志愿者 | 印刷工人 | 老水手们"
    ),
    actions=_parts(
        "修好了旧桥 | 统计了候鸟的数量 | 出版了一张河流地图 | 开办了一座小博物馆 | 种下了四百棵树"
        " | 修复了钟楼的大钟 | 测量了水质 | 排演了一部被遗忘的歌剧 | 收集了关于洪水的故事 | 造了一条木船"
    ),
    places=_parts(
        "在港口附近 | 在老磨坊旁边 | 在森林的边缘 | 在市政厅里 | 在火车站后面 | 在集市广场上 | 在北边的公路旁"
        " | 在石拱门下"
    ),
    times=_parts("冬天到来之前 | 这个月的最后一周 | 在连绵的雨天里 | 经过长时间的讨论 | 在邻居的帮助下 | 尽管资金不足"),
    gap="",
)

LANGUAGES = {
    language.code: language for language in (ENGLISH, GERMAN, SPANISH, FRENCH, RUSSIAN, ARABIC, HINDI, CHINESE)
}
"""By ISO 639-1 code."""

"""How people write days and what stands before them, as data: expressions over folded text."""

# Before the day somebody is back, and before the last day they are away.
BACK = (
    r"(?<!\w)(?:back (?:in (?:the )?office |at (?:my|the) desk |at work )?(?:on|by|from|at|in)?"
    r"|return(?:ing)?(?: to (?:the )?office)?(?: on)?"
    r"|be back|resume (?:work )?on|(?:wieder|zuruck)(?: \w+)? (?:ab|am)(?: dem)?|ab(?: dem)?"
    r"|zpet(?: v kancelari)?(?: od)?|vracim se|zpatky"
    r"|vratim se|k dispozici (?:od)?|de retour(?: au bureau)?(?: a partir)?(?: du| le)?|a partir du|volvere"
    r"|regreso|regresare|vuelvo|de vuelta|wroce|wracam|powroce|powracam|dostepn[ya](?: ponownie)?(?: od)?)(?!\w)"
)
UNTIL = (
    r"(?:(?<!\w)(?:until|till|til|through|thru|to|up to and including|until and including|do|az do|jusqu'?(?:au|a|en)?"
    r"|bis(?: einschlies{1,2}lich)?(?: zum)?|au|hasta|al|and|und|a|et|y)(?!\w)|[–—-])"
)
# Before the first day of an absence.
SINCE = r"from|since|starting|vom|von|ab|seit|od|du|depuis|del|desde"
MONTHS: tuple[str, ...] = (
    r"jan(?:uary|uar|ner|vier)?|ledna|stycznia|enero|ene|januar",
    r"feb(?:ruary|ruar|rero)?|unora|lutego|fev(?:rier)?",
    r"mar(?:ch|zo|s)?|marz|mrz|brezna|marca",
    r"apr(?:il)?|dubna|kwietnia|avril|avr|abril|abr",
    r"may|mai|kvetna|maja|mayo",
    r"jun(?:e|i)?|cervna|czerwca|juin|junio",
    r"jul(?:y|i)?|cervence|lipca|juillet|juil|julio",
    r"aug(?:ust)?|srpna|sierpnia|aout|agosto|ago",
    r"sep(?:t|tember|tembre|tiembre)?|zari|wrzesnia",
    r"o[ck]t(?:ober|obre|ubre)?|rijna|pazdziernika",
    r"nov(?:ember|embre|iembre)?|listopad[ua]",
    r"de[czk](?:ember|embre)?|prosince|grudnia|dic(?:iembre)?|dezember",
)
WEEKDAYS: tuple[str, ...] = (
    r"mon(?:day)?|montag|mo|pondeli|pondelka|poniedzial(?:ek|ku)|lundi|lunes",
    r"tue(?:s|sday)?|dienstag|utery|uterka|wtor(?:ek|ku)|mardi|martes",
    r"wed(?:nesday)?|mittwoch|streda|stredy|srod[ay]|srode|mercredi|miercoles",
    r"thu(?:r|rs|rsday)?|donnerstag|ctvrtek|ctvrtka|czwart(?:ek|ku)|jeudi|jueves",
    r"fri(?:day)?|freitag|patek|patku|piat(?:ek|ku)|vendredi|viernes",
    r"sat(?:urday)?|samstag|sobota|soboty|sobote|samedi|sabado",
    r"sun(?:day)?|sonntag|nedele|niedziel[aei]|dimanche|domingo",
)

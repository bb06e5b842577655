"""What people write, as data: expressions over folded text (lower case, without accents, `'` for every apostrophe).

Bounded repeats only: a reply may be long and unfriendly. Each is looked for between word boundaries.
"""

from collections.abc import Mapping

OPT_OUT: tuple[str, ...] = (
    r"(?:unsubscribe|delete|erase) (?:me|us|my (?:e-?mail|address|details|data))",
    r"(?:remove|take|get) (?:me|us|my (?:e-?mail(?: address)?|address|name|details|data)|this (?:e-?mail|address))"
    r"(?: (?:off|out of|from)\b|(?= *(?:please|now|immediately|asap|,|$)))",
    r"(?:remove|delete|erase) (?:me|us|my (?:e-?mail|address|details|data))$",
    r"stop (?:e-?mailing|mailing|contacting|writing(?: to)?|spamming|messaging|bothering|sending) (?:me|us"
    r"|these|this|any)",
    r"(?:do not|don't|dont|never) (?:ever )?(?:e-?mail|mail|contact|write(?: to)?|message|spam|approach) (?:me|us)",
    r"(?:do not|don't|dont) (?:send|contact) (?:me |us )?(?:any ?more|any further|again|more (?:e-?mails|mails))",
    r"(?:do not|don't|dont) (?:want|wish) to (?:receive|get|hear|be contacted)",
    r"no (?:more|further) (?:e-?mails|mails|messages|contact)\b",
    r"how (?:do|can) i unsubscribe",
    r"(?:cease|stop) all (?:contact|communication|e-?mails)",
    r"(?:delete|erase|remove) (?:it|this|that|everything|all (?:my )?data) (?:under|according to|per) (?:the )?gdpr",
    r"(?:want|wish|like) to (?:unsubscribe|opt out|be (?:removed|unsubscribed|taken off))",
    r"opt (?:me|us) out",
    r"leave (?:me|us) alone|(?:report|mark|flag)(?:ing)? (?:you|this|it|your \w+) as (?:spam|junk)",
    r"(?:take|strike|cross) (?:me|us) off",
    r"(?:tragen|nehmen|streichen|loschen|entfernen) sie (?:mich|uns|meine (?:e-?mail|adresse|daten))",
    r"(?:mich|uns) (?:bitte )?(?:aus|von) (?:ihrem|ihrer|dem|der|eurem) (?:\w+ )?(?:verteiler|liste|mailingliste)",
    r"meine (?:e-?mail-?adresse|adresse|daten) (?:bitte )?(?:zu )?(?:loschen|entfernen)",
    r"(?:schreiben|kontaktieren) sie (?:mir|mich|uns) (?:bitte )?(?:nicht mehr|nie wieder|nicht wieder)",
    r"keine (?:weiteren|weitere) (?:e-?mails|mails|nachrichten|werbung)",
    r"(?:mochte|mochten|wunsche|wunschen) keine (?:\w+ )?(?:e-?mails|mails|werbung|nachrichten)",
    r"(?:bitte|mochte mich|mich) abmelden",
    r"(?:vyradte|odstrante|vymazte|smazte|odhlaste|vyskrtnete) (?:me|nas|mne|muj|moji|mou)",
    r"(?:uz |dale )?(?:mi|nam) (?:prosim )?(?:uz |dale )?nepiste",
    r"(?:uz |dale )nepiste",
    r"(?:ne(?:kontaktujte|posilejte|zasilejte)) (?:me|mi|nas|nam|uz|dalsi|zadne)",
    r"neprej(?:i|eme) si (?:\w+ ){0,3}(?:dostavat|zasilani|maily|e-?maily|kontakt\w*)",
    r"(?:desinscrivez|desabonnez|supprimez|retirez|enlevez|rayez)[- ](?:moi|nous|mon|mes)",
    r"(?:me|nous) (?:desinscrire|desabonner|retirer de|supprimer de)",
    r"ne (?:me|nous) (?:contactez|ecrivez|recontactez|envoyez) (?:plus|pas)",
    r"ne (?:souhaite|veux|desire)(?:ns)? plus recevoir",
    r"(?:cessez|arretez) de (?:m'|me |nous )\w+",
    r"(?:elimin|borr|quit|sac)(?:e|en|a|ar)(?:me|nos)\b",
    r"(?:dar|de|den|da)(?:me|nos) de baja",
    r"(?:darme|darnos|deme|denme|dame) de baja",
    r"no (?:me|nos) (?:escriba|escriban|contacte|contacten|envie|envien|escribas|mande|manden) mas",
    r"no (?:deseo|quiero|queremos|deseamos) recibir",
    r"deje(?:n)? de (?:escribir|enviar|mandar|contactar)(?:me|nos)",
    r"(?:usun(?:ac|cie)?|usuniecie|wypisz(?:cie)?|wypisac|wypisanie|skresl(?:ic|cie)?) (?:mnie|nas|moj\w*)",
    r"nie (?:pis\w+|wysyla\w+|kontaktowac|kontaktuj\w*) (?:do (?:mnie|nas)|mi|nam|sie ze? (?:mna|nami)|wiecej|juz)",
    r"nie (?:chce|chcemy|zycze sobie|zyczymy sobie) (?:\w+ ){0,2}(?:otrzymywac|dostawac|wiadomosci|maili|e-maili)",
)
# A whole message, or a sentence of its own, that is one of these.
OPT_OUT_ALONE: tuple[str, ...] = (
    r"(?:please )?(?:unsubscribe|remove|opt[- ]?out|stop)(?: please| me| now| it)?",
    r"(?:please )?remove(?: me)? from (?:the|this|your) (?:mailing )?list",
    r"take me off (?:please)?",
    r"(?:bitte )?(?:abmelden|austragen|abbestellen)(?: bitte)?",
    r"(?:prosim )?odhlasit(?: prosim)?",
    r"(?:merci de )?(?:me )?(?:desinscrire|desabonner|desabonnement|desinscription)(?: svp)?",
    r"(?:prosze )?(?:o )?(?:wypisz|wypisac|wypisanie|usun|usunac|rezygnuje)(?: mnie| nas)?(?: prosze)?",
    r"(?:por favor )?(?:baja|darse de baja)(?: por favor)?",
)
# What a subject begins with when somebody is away, and what any automatic answer's does.
OUT_OF_OFFICE_SUBJECTS: tuple[str, ...] = (
    r"out of (?:the )?office|ooo\b|away from (?:the )?office|on (?:vacation|holiday|annual leave|leave)\b",
    r"automatische abwesenheits|abwesenheit(?:snotiz|sassistent|smeldung)?|abwesend\b|nicht im (?:buro|haus)",
    r"mimo kancelar|nepritomnost|dovolena\b",
    r"absence (?:du|de) bureau|absent\b|message d'absence",
    r"fuera de (?:la )?oficina|ausente\b|afwezig|fuori sede|poza biurem|nieobecnosc|urlop\b",
)
AUTOMATIC_SUBJECTS: tuple[str, ...] = (
    r"(?:automatic|auto)[- ]?(?:reply|response|antwort)|autoreply|autoresponse|automatische antwort",
    r"automaticka odpoved|reponse automatique|respuesta automatica|automatisch antwoord|risposta automatica",
    r"autosvar|automatyczna odpowiedz|odpowiedz automatyczna|autoodpowiedz",
)
# By language: a date with slashes is day first everywhere but, perhaps, in English.
OUT_OF_OFFICE: Mapping[str, tuple[str, ...]] = {
    "en": (
        r"(?:i am|i'm|we are|we're|is|are|i will be|i'll be|will be|am|be)"
        r" (?:currently |presently |now |also |still |away and )?"
        r"(?:out of (?:the |my |our )?office|ooo|away from (?:the |my )?(?:office|desk)|out of town)",
        r"(?:currently|presently) (?:out of (?:the )?office|away|on (?:vacation|holiday|leave|annual leave))",
        r"(?:i am|i'm|we are|i will be|i'll be|will be) (?:currently |presently |now )?"
        r"(?:away|out|off|traveling|travelling) (?:from|until|till|through|on (?:vacation|holiday|business|leave))",
        r"(?:i am|i'm|we are|i will be|i'll be|is|will be) (?:currently |presently |now |away )?on "
        r"(?:\w+ )?(?:vacation|holidays?|annual leave|leave|pto|maternity leave|parental leave|paternity leave"
        r"|sick leave|business trip)",
        r"(?:out of (?:the )?office|ooo) (?:until|till|from|through|on|between|with|and|starting|today|this week)",
        r"(?:limited|no) access to (?:my )?e-?mails?",
        r"(?:our|the) office (?:is|will be) closed (?:from|until|till|over|between|for the)",
        r"(?:will|'ll) (?:reply|respond|answer|get back to you|read your (?:message|e-?mail))"
        r" (?:as soon as i (?:am|'m) back|(?:up)?on my return|when i (?:return|am back|'m back|get back))",
    ),
    "de": (
        r"(?:bin|sind|befinde mich|ist) (?:ich |wir )?"
        r"(?:derzeit |aktuell |zurzeit |momentan |zur zeit |leider |heute |diese woche )?"
        r"(?:bis .{1,40}|vom .{1,60}|ab .{1,30})?(?:nicht im (?:buro|hause?)|ausser haus|abwesend|im urlaub"
        r"|nicht erreichbar|in elternzeit|auf geschaftsreise|auf dienstreise|in mutterschutz)",
        r"(?:bin|sind|befinde mich) (?:ich |wir )?(?:derzeit |aktuell |zurzeit |momentan |zur zeit )?"
        r"(?:im urlaub|abwesend|in elternzeit|nicht im (?:buro|haus))",
        r"(?:wieder|zuruck) (?:ab|am) .{1,30}(?:erreichbar|im buro|fur sie da)",
        r"(?:ab|am) .{1,30}(?:wieder|zuruck) (?:erreichbar|im buro|fur sie da|zur verfugung)",
        r"(?:e-?mails?|nachrichten?) werden nicht (?:weitergeleitet|gelesen)",
    ),
    "cs": (
        r"(?:jsem|jsme|budu|budeme) (?:\w+ )?(?:mimo kancelar|na dovolene|nepritomn[ay]|nepritomen|nedostupn[ay]"
        r"|nedostupny|na sluzebni ceste|na materske|pryc do)",
        r"(?:do|az do|od) .{1,40}(?:mimo kancelar|na dovolene|nepritomn[ay]|nepritomen)",
        r"cerpam dovolenou|mam dovolenou",
        r"omezeny pristup k (?:e-?mailu|e-?mailum|poste)",
    ),
    "fr": (
        r"(?:je suis|nous sommes|je serai|nous serons) (?:actuellement |\w+ )?"
        r"(?:absente?s?|en (?:conges?|vacances|deplacement)|hors du bureau|indisponible)",
        r"absente? (?:du bureau|jusqu)",
        r"de retour (?:au bureau )?(?:le|lundi|mardi|mercredi|jeudi|vendredi)",
    ),
    "es": (
        r"(?:estoy|estamos|estare|estaremos|me encuentro|nos encontramos) (?:actualmente |\w+ )?"
        r"(?:fuera de (?:la )?oficina|de vacaciones|ausentes?|de viaje|de baja)",
        r"(?:volvere|regresare|regreso|vuelvo) (?:a la oficina )?el",
        r"fuera de (?:la )?oficina (?:hasta|del|desde)",
    ),
    "pl": (
        r"(?:jestem|jestesmy|bede|bedziemy|przebywam|przebywamy) (?:\w+ ){0,2}(?:na (?:urlopie|zwolnieniu|wakacjach)"
        r"|w (?:delegacji|podrozy sluzbowej)|poza (?:biurem|firma)|nieobecn[ya]|niedostepn[ya])",
        r"nie (?:ma|bedzie) (?:mnie|nas) (?:\w+ ){0,2}w (?:biurze|pracy|firmie)|nie jestem dostepn[ya]",
        r"(?:wroce|wracam|powroce|powracam) (?:do (?:biura|pracy) )?(?:od |dnia |w dniu )?\d{1,2}",
        r"(?:ograniczony dostep|brak dostepu) do (?:\w+ )?(?:poczty|e-?maila?|skrzynki)",
    ),
}
# A machine says what it is.
AUTOMATIC: Mapping[str, tuple[str, ...]] = {
    "en": (
        r"(?:this is|you are receiving) an (?:automatic|automated|auto|automatically generated)[- ]?"
        r"(?:reply|response|message|e-?mail|answer|notification|acknowledgement)",
        r"please do not (?:reply|respond) to this (?:e-?mail|message|address)",
    ),
    "de": (
        r"(?:dies|das) ist eine automatische",
        r"automatisch (?:erstellt|generiert|versendet)e? (?:e-?mail|nachricht)",
    ),
    "cs": (r"(?:toto|tato) (?:je|zprava|odpoved) (?:\w+ )?automatick\w+",),
    "fr": (r"ceci est (?:une reponse|un message|un e-?mail) automatique",),
    "es": (r"(?:este es un|esta es una) (?:mensaje|respuesta|correo) automatic[oa]",),
    "pl": (r"(?:to|ta) (?:jest )?automatyczna (?:odpowiedz|wiadomosc)|(?:odpowiedz|wiadomosc) automatyczna",),
}
# What a machine says when it is told of a message, and nobody has read it.
ARRIVED: tuple[str, ...] = (
    r"(?:we|i)(?: have|'ve| confirm (?:that )?we(?: have)?)? (?:successfully |just |safely )?received"
    r" (?:your|the|it|this)\b",
    r"your (?:[\w-]+ ){1,4}(?:has|have|was|is) (?:been )?(?:successfully |safely |now )?"
    r"(?:received|registered|logged|recorded|submitted|queued|reached us|arrived)",
    r"(?:ticket|case|request|reference|enquiry|inquiry)[ (#\[:]{0,3}(?:number|no|id|ref)?(?: is)?[ .:#\[(]{0,3}"
    r"[a-z]{0,5}-?\d{3,}",
    r"(?:ticket|case) (?:has been|was) (?:created|opened|assigned)",
    r"(?:we|somebody|someone|one of (?:us|our \w+)|(?:a )?member of our team|our (?:\w+ )?team|an? agent)"
    r"(?: will|'ll| shall| aims? to| usually| normally| typically) (?:get back|reply|respond|answer|come back"
    r"|contact you|be in touch|review)",
    r"(?:acknowledg\w+|confirm\w*) (?:the )?receipt",
    r"(?:ihre|deine|die) (?:[\w-]+ )?(?:e-?mail|mail|nachricht|anfrage|mitteilung) (?:ist|wurde) (?:[\w-]+ ){0,4}"
    r"(?:eingegangen|erhalten|registriert|empfangen|angekommen)",
    r"(?:haben|habe) (?:wir |ich )?(?:ihre|deine) (?:[\w-]+ )?(?:e-?mail|mail|nachricht|anfrage) (?:erhalten|bekommen)",
    r"eingangsbestatigung|bestatigen (?:wir )?(?:ihnen )?(?:hiermit )?den (?:eingang|erhalt)",
    r"wir (?:melden uns|werden uns|bearbeiten (?:ihre|diese)|kummern uns)",
    r"(?:vas[ie]?|vasi) (?:[\w-]+ )?(?:zprav\w|e-?mail|zadost|dotaz|pozadavek|poptavk\w)"
    r" (?:jsme |nam |byla? )?(?:v poradku )?(?:obdrzeli|prijali|dorazila?|prijata?|zaevidovana?)",
    r"(?:obdrzeli|prijali) jsme (?:vas|vasi)|potvrzuj(?:eme|i) prijeti|(?:brzy|co nejdrive) se vam ozveme",
    r"(?:nous avons|j'ai) bien (?:recu|pris)|accus(?:ons|e de) reception",
    r"votre (?:message|demande|e-?mail|courriel) (?:a (?:bien )?ete|est bien) (?:recue?|enregistree?|arrivee?)",
    r"otrzymalismy (?:panstwa|twoja|pana|pani) (?:wiadomosc|zgloszenie|e-?mail)|potwierdzamy (?:jej )?otrzymanie",
    r"(?:hemos|he) recibido (?:su|tu)|(?:su|tu) (?:mensaje|solicitud|consulta|correo) (?:ha sido|fue)"
    r" (?:recibid[oa]|registrad[oa])|acuse de recibo",
)
# Nobody is away, or not any more, when one of these stands shortly before.
NOT_AWAY = (
    r"(?:\b(?:not|never|no longer|isn't|aren't|was|were|been|wasn't|nicht mehr|nicht|war|waren|byl|byla|nejsem|uz ne"
    r"|n'etais|etais|ne suis pas|plus|estaba|estuve|no|nie|if|when|whenever|once|before|wenn|falls|kdyz|quand"
    r"|cuando|kiedy|gdy|si)"
    r"|n't)\b[ ,]*(?:\w+[ ,]+){0,2}$"
)
LEFT: tuple[str, ...] = (
    r"no longer (?:work(?:s|ing)?|employed)(?: here| at| for| with| by)|no longer (?:with|at) (?:the company|us|our)",
    r"(?:does not|doesn't|do not|don't) work (?:here|for us|with us|at \w+) any ?more",
    r"(?:have|has) left (?:the|our) company",
    r"(?:arbeitet|arbeite) nicht mehr (?:bei|fur|hier|im)",
    r"nicht mehr (?:bei uns|im unternehmen|fur .{1,30}) tatig",
    r"(?:uz |jiz )?(?:u nas |zde |tu )?(?:uz |jiz )?(?:nepracuje|nepracuji)",
    r"ne (?:fait|fais) plus partie|ne travaille plus",
    r"ya no (?:trabaja|trabajo|forma parte)",
    r"(?:juz )?nie pracuje (?:juz )?(?:w|u nas|dla|tutaj|tu)",
)
REFERRAL: tuple[str, ...] = (
    r"(?:please |kindly |you (?:should|can|could|may|want to) )(?:please )?(?:contact|talk to|speak (?:to|with)"
    r"|write to"
    r"|reach out to|get in touch with|e-?mail|ask|address) (?:my|our|the|mr|mrs|ms|him|her|them|\w+ from|\w+@\w+"
    r"|[a-z]+ (?:in|at|who|about|on|[a-z]+@)|[a-z]+ [a-z]+$)",
    r"(?:right|correct|best|proper) (?:person|contact|colleague|address)",
    r"(?:not|wrong) the (?:right|correct) (?:person|contact)|wrong (?:person|contact)"
    r"|not my (?:area|department|responsibility)",
    r"(?:forwarded|forwarding|passed|passing|handed|sent|shared) (?:this|it|your (?:e-?mail|message|mail|note"
    r"|details))"
    r"(?: \w+)? ?(?:on |over |along )?(?:to|with) ",
    r"(?:he|she|they|\w+)(?: is|'s| are) (?:in charge of|responsible for|the one who|our (?:marketing|website|it) )",
    r"(?:looks after|handles|takes care of|deals with) (?:our|the|this|these|such|all)",
    r"(?:i have|i've|ive) (?:cc'?d|copied|looped in|added) ",
    r"(?:cc'?ing|copying|looping in) ",
    r"(?:wenden sie sich|kontaktieren sie|schreiben sie) (?:bitte )?(?:direkt )?(?:an )?(?:mein\w*|unser|herrn"
    r"|frau|den|die)",
    r"(?:zustandig|verantwortlich) (?:ist|fur|dafur|hierfur)|(?:ist|sind) (?:[^.]{1,40} )?zustandig",
    r"(?:habe|haben) (?:ich |wir )?(?:ihre|ihr|die|das|es) (?:\w+ )?(?:an .{1,40} )?weitergeleitet"
    r"|leite .{1,40} weiter"
    r"|habe .{1,60} weitergeleitet",
    r"falsche (?:ansprechpartner|person|adresse)|nicht der richtige ansprechpartner|richtige[rn]? ansprechpartner",
    r"(?:obratte|kontaktujte|obracejte) (?:se )?(?:prosim )?(?:na \w+|pana|pani|kolegu|kolegyni|meho|moji|naseho|nasi)",
    r"(?:preposlal|preposlala|predal|predala|preposilam|predavam) (?:jsem )?(?:to|vas|vasi|mail|e-?mail|zpravu"
    r"|kolegovi)",
    r"ma na starosti|na starosti ma|nejsem spravna osoba|spravna osoba",
    r"(?:contactez|adressez-vous a|voyez avec|ecrivez a) (?:plutot )?(?:mon|ma|notre|monsieur|madame|m\.|mme)",
    r"(?:la bonne personne|le bon interlocuteur|en charge de|responsable de|j'ai transmis|je transmets"
    r"|j'ai transfere)",
    r"(?:contacte|contacta|escriba a|hable con|habla con|dirijase a) (?:a )?(?:mi|nuestr[oa]|la|el|con)",
    r"(?:la persona (?:adecuada|indicada|correcta)|encargad[oa] de|he reenviado|reenvie|reenvio)",
    r"(?:kontakt|skontaktowac sie|zwrocic sie) (?:z|do) (?:moj\w*|nasz\w*|pan\w*|kole\w+)|(?:nie)?wlasciwa osoba",
)
NOT_INTERESTED: tuple[str, ...] = (
    r"(?:not|no longer|isn't|aren't|never) (?:\w+ ){0,2}interested",
    r"no (?:interest|thanks|thank you|need)\b",
    r"(?:not|n't) (?:need|want|looking for|a (?:good )?fit|relevant|the right time|for us|a priority|work for us)",
    r"(?:already|we) have (?:an? |our own )?(?:agency|partner|supplier|provider|someone|in-?house)",
    r"we'll pass|i'll pass|pass on this|have to decline",
    r"(?:kein|keinen?) (?:interesse|bedarf)|nicht interessiert|nein,? danke|nicht relevant",
    r"nemam(?:e)? (?:o to )?zajem|nezajima (?:nas|me)|nepotrebuj(?:eme|i)|ne,? (?:diky|dekuji|dekujeme)|bez zajmu",
    r"pas (?:interesse|interessee|interesses|besoin)|non merci|ne (?:m'|nous )?interesse pas",
    r"nie (?:jestem|jestesmy) (?:\w+ )?zainteresowan\w+|nie,? dziekuj(?:e|emy)|nie potrzebuj(?:e|emy)",
    r"no (?:me|nos) interesa|no,? gracias|no estamos interesados|no (?:estoy )?interesad[oa]|no necesit\w+",
)
INTERESTED: tuple[str, ...] = (
    r"(?:i am|i'm|we are|we're|im|would be|i'd be|we'd be|be) (?:\w+ ){0,2}interested",
    r"(?:sounds?|looks?) (?:\w+ )?(?:good|great|interesting|promising|useful|fantastic|perfect|like a plan)",
    r"let's (?:talk|chat|schedule|book|set up|meet|do (?:it|this)|discuss|have a (?:call|chat))",
    r"(?:happy|glad|keen|open|love|like) to (?:talk|chat|learn more|hear more|know more|discuss|meet|see (?:it"
    r"|the|more)"
    r"|have a (?:call|chat|look)|take a look|jump on|schedule|book)",
    r"(?:send|share|forward) (?:me |us |it |over |along )+(?:\w+ )*?(?:more|details|info|information|report|audit"
    r"|pricing|proposal|offer|over|along|it|a quote|the full)",
    r"(?:please|could you|can you|do) send (?:me |us )?(?:the|more|over|it|a|your|along|details|pricing)",
    r"tell (?:me|us) more|(?:want|like) to (?:know|hear|learn) more",
    r"(?:book|schedule|set up|arrange|have) (?:a |an )?(?:quick |short |brief )?(?:call|meeting|demo|chat)",
    r"(?:call me|give me a (?:call|ring)|ring me|phone me)",
    r"^yes,? (?:please|sure|of course|absolutely|definitely|gladly|go ahead|let's)|^(?:yes|sure|absolutely"
    r"|definitely)$",
    r"(?:i|we) (?:can|could) (?:do|make|talk|meet) (?:on )?(?:monday|tuesday|wednesday|thursday|friday|tomorrow"
    r"|next week)",
    r"(?:habe|haben|hatte|hatten) (?:ich |wir )?(?:\w+ )?interesse|interessiert (?:mich|uns)|(?:bin|sind"
    r"|waren) interessiert",
    r"klingt (?:\w+ )?(?:gut|interessant|spannend|super)|sehr gerne?|ja,? (?:bitte|gerne?)|^gerne?\b",
    r"(?:rufen|schicken|senden) sie (?:mich|mir|uns|es|den|die)|melden sie sich",
    r"(?:mam|mame|meli|mel|mela) (?:bychom |bych )?(?:\w+ )?zajem|zajima (?:me|nas)"
    r"|zni (?:to )?(?:\w+ )?(?:dobre|zajimave|skvele)",
    r"(?:zavolejte|poslete|zaslete|ozvete|napiste) (?:mi|nam|se|prosim)|^ano,? (?:prosim|rad|rada|urcite)|^urcite$",
    r"(?:je suis|nous sommes|serais|serions) (?:\w+ )?interesse|(?:m'|nous )interesse(?!\w* pas)"
    r"|avec (?:grand )?plaisir",
    r"(?:envoyez|appelez|rappelez|contactez)[- ](?:moi|nous)|^oui,? (?:merci|volontiers|bien sur|s'il)|volontiers",
    r"(?:jestem|jestesmy) (?:\w+ )?zainteresowan\w+|brzmi (?:\w+ )?(?:dobrze|ciekawie|interesujaco|swietnie)",
    r"(?:prosze|prosimy) (?:o |mi |nam )?(?:wiecej|szczegoly|oferte|raport|przesl\w+|zadzwonic)|^tak,? chetnie",
    r"(?:me|nos) interesa(?:ria)?|(?:estoy|estamos|estaria) (?:\w+ )?interesad\w+|suena (?:muy )?(?:bien"
    r"|interesante)",
    r"(?:envie|envia|mande|manda|llame|llama)(?:me|nos)|^si,? (?:por favor|claro|gracias)|con (?:mucho )?gusto",
)
QUESTION: tuple[str, ...] = (
    r"^(?:how much|how long|what (?:does|would|is|are)|which|when can|where|who (?:are|is)|why|do you|can you"
    r"|could you)\b",
    r"^(?:was kostet|wie (?:viel|lange|teuer)|konnen sie|kolik|jak (?:dlouho|moc)|muzete|combien|pouvez-vous"
    r"|cuanto|pueden?|ile|czy moz\w+)\b",
)
# Questions nobody waits for an answer to.
PLEASANTRIES: tuple[str, ...] = (
    r"(?:(?:hi|hello|hey|dear) )?(?:\w+, )?how are (?:you|things)(?: (?:doing|today))?",
    r"how's it going|you know\??|right|ok(?:ay)?|really|huh|what|wie geht es ihnen|jak se mate|comment allez-vous"
    r"|como esta",
)
NEGATION = (
    r"(?:\b(?:not|never|no|no need to|nicht|kein|keine|ne|pas|nie|no longer|do not|don't|dont)"
    r"|n't)[ ,]+(?:\w+ ){0,2}$"
)
ASKED_ABOUT = r"\b(?:did you|did|why|who|you already|warum|proc|pourquoi|por que)\b(?: \w+){0,2} $"
# Lines that end what somebody wrote: their signature follows.
CLOSINGS: tuple[str, ...] = (
    r"(?:best|kind|warm|many|with (?:best|kind))(?: regards| wishes)?|regards|cheers|sincerely|yours(?: \w+)?"
    r"|thanks(?: \w+)?"
    r"|thank you|all the best|br|kr",
    r"(?:mit )?(?:freundlichen|besten|vielen|herzlichen|schonen|beste|viele|liebe|schone|freundliche) "
    r"(?:grus{1,2}en?|grue[sß]{1,2}en?)|mfg|vg|lg",
    r"(?:s )?(?:pozdravem|pratelskym pozdravem|pranim (?:\w+ )*dne)|hezky den|zdravim",
    r"(?:bien )?cordialement|(?:bien|salutations) (?:a vous|distinguees)|bonne journee|sinceres salutations",
    r"(?:serdecznie )?pozdrawiam(?:y)?|z powazaniem|(?:milego|dobrego) dnia",
    r"(?:un )?(?:cordial )?(?:saludos?|atentamente)(?: cordiales)?|muchas gracias|cordialmente",
)

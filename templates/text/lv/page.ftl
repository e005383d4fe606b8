### Lapas.

# Every page.
page-log-out = Iziet
page-go-home = UZ SĀKUMLAPU
page-login = PIETEIKTIES
page-register = REĢISTRĒTIES
page-email = E-pasta adrese
page-password = Parole
page-new-password = Jaunā parole
page-invited-email = Adrese, uz kuru nosūtīts uzaicinājums.
page-password-hint = Vismaz { $min } rakstzīmes.
page-to-join = lai pievienotos darbvietai { $workspace }
page-logged-in-as = Jūs esat pieteicies kā { $email }.

# The welcome of somebody signed out.
welcome-title = Laipni lūdzam
welcome-lead = Uzaicinājumi jūsu darbvietās: nosūtiet tos, redziet, vai tie saņemti, un ļaujiet cilvēkiem pievienoties ar vienu klikšķi.
welcome-invited = Esat uzaicināts? Atveriet saiti saņemtajā vēstulē.

# The own workspaces.
home-title = Jūsu darbvietas
home-lead = Jūs esat pieteicies kā { $person }, { $email }.
home-more = To ir vairāk; parādītas tikai pirmās.
home-none = Jūs vēl nepiederat nevienai darbvietai. Izveidojiet to vai atveriet uzaicinājuma saiti.
home-new = Jauna darbvieta
home-name = Darbvietas nosaukums
home-create = IZVEIDOT DARBVIETU

# Log in.
login-title = Pieteikšanās
login-verified = Jūsu adrese ir apstiprināta, un konts ir gatavs. Piesakieties.
login-reset = Jaunā parole ir iestatīta. Piesakieties ar to.
login-forgot = Aizmirsāt paroli?
login-no-account = Vēl nav konta?
login-register = Reģistrējieties

# A form sent after the session had ended.
signed-out-title = Jūs esat izgājis no konta
signed-out-text = Jūsu sesija ir beigusies, tāpēc vēl nekas netika izdarīts; uzrakstītais ir saglabāts šeit. Piesakieties (atvērsies jauna cilne), tad atgriezieties un nosūtiet vēlreiz.
signed-out-file = Fails jāizvēlas vēlreiz.
signed-out-again = SŪTĪT VĒLREIZ

# Register.
register-title = Reģistrācija
register-name = Jūsu vārds
register-email-hint = Nosūtīsim uz to saiti, lai pārliecinātos, ka adrese ir jūsu.
register-has-account = Konts jau ir?
register-log-in = Piesakieties

# After registering.
mail-sent-title = Ieskatieties savā pastkastē
mail-sent-text = Mēs nosūtījām vēstuli uz { $email }.
mail-sent-open = Atveriet tajā saiti, lai pabeigtu. Ja vēstule nepienāk dažu minūšu laikā, pārbaudiet mēstules vai reģistrējieties vēlreiz.
mail-sent-again = REĢISTRĒTIES VĒLREIZ

# Verify an address.
verify-title = Apstipriniet savu adresi
verify-lead = Ievadiet paroli, ko izvēlējāties reģistrējoties.
verify-button = APSTIPRINĀT
verify-forgot = Vairs nezināt paroli?
verify-again = Reģistrējieties vēlreiz ar citu
verify-dead-text = Varbūt tā jau ir izmantota, ir vecāka par diennakti vai kāda tās daļa pazuda pa ceļam.
verify-dead-next = Ja jūsu adrese ir apstiprināta, piesakieties. Citādi reģistrējieties vēlreiz, un mēs nosūtīsim jaunu saiti.

# A forgotten password.
forgot-title = Aizmirsāt paroli?
forgot-lead = Mēs nosūtīsim jums saiti jaunas paroles iestatīšanai.
forgot-email-hint = Jūsu konta adrese.
forgot-button = NOSŪTĪT SAITI
forgot-remember = Atcerējāties?
reset-sent-text = Ja adresei { $email } ir konts, vēstule uz to jau ir ceļā.
reset-sent-open = Atveriet tajā saiti stundas laikā. Ja vēstule nepienāk dažu minūšu laikā, pārbaudiet mēstules vai pieprasiet vēlreiz.
reset-sent-again = PIEPRASĪT VĒLREIZ
reset-title = Iestatiet jaunu paroli
reset-lead = Ar to tiks beigtas visas jūsu konta sesijas.
reset-button = IESTATĪT PAROLI
reset-dead-text = Varbūt tā jau ir izmantota, ir vecāka par stundu vai kāda tās daļa pazuda pa ceļam.
reset-dead-again = PIEPRASĪT JAUNU SAITI

# An invitation.
join-title = Uzaicinājums
join-heading = { $inviter } aicina jūs pievienoties darbvietai { $workspace }
join-heading-anonymous = Jūs aicina pievienoties darbvietai { $workspace }
join-for = Kam
join-workspace = Darbvieta
join-role = Loma
join-locations = Atrašanās vietas
join-ends = Derīgs līdz
join-button = PIEVIENOTIES
join-decline = NAV DOMĀTS MAN
accepted-title = Uzaicinājums pieņemts
accepted-heading = Šis uzaicinājums ir pieņemts
accepted-for = Tas bija paredzēts adresei { $email }, lai pievienotos darbvietai { $workspace }.
accepted-open = ATVĒRT DARBVIETU
accepted-log-in = Ja tas bijāt jūs, piesakieties, lai atvērtu darbvietu.
declined-title = Uzaicinājums noraidīts
declined-heading = Jūs noraidījāt uzaicinājumu
declined-text = { $email } nepievienosies darbvietai { $workspace }, un šī saite vairs nedarbojas.
switch-title = Cits konts
switch-heading = Jūs esat pieteicies ar citu kontu
switch-for = Uzaicinājums paredzēts
switch-viewer = Jūs esat pieteicies kā
switch-text = Nekas netika mainīts. Lai atbildētu uz uzaicinājumu darbvietā { $workspace }, vispirms izejiet; pēc tam atgriezīsieties pie tā.
switch-button = IZIET UN ATGRIEZTIES
switch-stay = PALIKT PIETEIKTAM
switch-own = Vai arī { $email } ir jūsu adrese? Tad palūdziet, lai { $inviter } to uzaicina.
switch-own-anonymous = Vai arī { $email } ir jūsu adrese? Tad palūdziet darbvietas administratoru to uzaicināt.

# A link that cannot be used.
dead-link-invalid = Šī saite nav derīga
dead-link-invalid-text = Varbūt kāda tās daļa pazuda pa ceļam. Atveriet to no vēstules vēlreiz vai nokopējiet to visu.
dead-link-expired = Šī uzaicinājuma termiņš ir beidzies
dead-link-expired-text = Termiņš beidzās, pirms uzaicinājums tika izmantots.
dead-link-revoked = Šis uzaicinājums ir atsaukts
dead-link-declined = Šis uzaicinājums ir noraidīts
dead-link-closed-text = To vairs nevar izmantot.
dead-link-used = Šis uzaicinājums jau ir izmantots
dead-link-used-text = Tas, kurš ar to pievienojās, darbvietai vairs nepieder, un izmantot to var tikai vienu reizi.
dead-link-suspended = Šis uzaicinājums ir apturēts
dead-link-suspended-text = Tā sūtītājs vairs nedrīkst aicināt šādā lomā. Darbvietas administrators to var nosūtīt vēlreiz.
dead-link-wrong-account = Šis uzaicinājums ir paredzēts citai adresei
dead-link-wrong-account-text = Piesakieties ar adresi, uz kuru tas nosūtīts.
dead-link-other = Šo uzaicinājumu nevar izmantot
dead-link-other-text = Nekas netika mainīts.
dead-link-for = Tas bija paredzēts adresei { $email }, lai pievienotos darbvietai { $workspace }.
dead-link-ended = Termiņš beidzās: { $ended }.
dead-link-ask = Ja vēlaties pievienoties, palūdziet, lai { $inviter } jūs uzaicina vēlreiz.
dead-link-ask-anonymous = Ja vēlaties pievienoties, lūdziet jaunu uzaicinājumu darbvietas administratoram.
dead-link-ask-sender = Ja tā joprojām nedarbojas, lūdziet jaunu uzaicinājumu tam, kurš jūs aicināja.
dead-link-logged-in = Pieteikšanās tomēr izdevās.
dead-link-continue = TURPINĀT

# Failures that no form can show.
failure-not-found = Lapa nav atrasta
failure-not-found-text = Šeit nekā nav vai nav nekā tāda, ko jūs drīkstat redzēt.
failure-forbidden = Nav atļauts
failure-forbidden-text = Jūsu loma šajā darbvietā neietver šo lapu.
failure-forged-form = Lūdzu, nosūtiet veidlapu vēlreiz
failure-forged-form-text = Tā bija atvērta pārāk ilgi vai nenāca no šīs vietnes. Nekas netika mainīts. Atgriezieties, pārlādējiet lapu un mēģiniet vēlreiz; sīkdatnēm jābūt atļautām.
failure-bad-input = Tas neizdevās
failure-bad-input-text = Šo veidlapu neizdevās nolasīt. Atgriezieties un nosūtiet to vēlreiz.
failure-wrong-method-text = Šajā adresē to šādā veidā nevar izdarīt. Atgriezieties un mēģiniet vēlreiz no iepriekšējās lapas.
failure-too-large = Tas ir par lielu
failure-too-large-text = Veidlapā kopā ar failiem ir ne vairāk kā { $max } MB. Nekas netika izdarīts. Atgriezieties un izvēlieties mazāku failu vai sūtiet to pa daļām.
failure-back = ATPAKAĻ UZ VEIDLAPU
failure-rate-limited = Pārāk daudz mēģinājumu
failure-rate-limited-text = { $minutes ->
    [1] Mēģiniet vēlreiz pēc { $seconds } s.
   *[other] Mēģiniet vēlreiz pēc { $minutes } min.
}
failure-internal = Kaut kas nogāja greizi
failure-internal-text = Vaina ir mūsu, nevis jūsu. Pēc brīža mēģiniet vēlreiz.

# A workspace.
workspace-role = Jūsu loma: { $role }
workspace-pages = Darbvieta
workspace-locations = Atrašanās vietas
workspace-members = Dalībnieki
workspace-invitations = Uzaicinājumi
column-name = Nosaukums
column-person = Vārds
column-place = Adrese
column-email = E-pasta adrese
column-role = Loma
column-status = Statuss
column-delivery = Vēstule
column-ends = Derīgs līdz
locations-all = Visas atrašanās vietas
locations-own = Jūsu atrašanās vietas
locations-none = Atrašanās vietu vēl nav.
locations-none-own = Jums vēl nav piešķirta neviena atrašanās vieta.
invitations-none = Vēl neviens nav uzaicināts.
invitations-none-found = Neviens uzaicinājums nav atrasts.
status-pending = Gaida atbildi
status-confirmed = Apstiprināts, vēl nav reģistrējies
status-accepted = Pieņemts
status-declined = Noraidīts
status-revoked = Atsaukts
status-expired = Beidzies termiņš
delivery-queued = Gaida nosūtīšanu
delivery-sending = Tiek sūtīta
delivery-sent = Nosūtīta
delivery-retrying = Neizdevās, tiks mēģināts vēlreiz
delivery-failed = Neizdevās
delivery-cancelled = Atcelta

# Captured mail.
captured-title = Pasts
captured-lead = Vēstules tiek glabātas šeit; bez pasta servera tās nekur citur nenonāk. Jaunākās vispirms; arī JSON formātā:
captured-none = Vēl nav nevienas.
captured-from = Kam: { $to }, no: { $from }, { $date }
captured-html = Vēstule HTML formātā
captured-text = Vienkāršs teksts
captured-all = Visas vēstules
preview-title = Visas vēstules un lapas
preview-lead = Katra vēstule, ko Usher raksta, un katra lapa, ko tas rāda, ar parauga datiem, katrā valodā. Šo lapu veidlapas nevar nosūtīt.
preview-mails = Vēstules
preview-pages = Lapas

# A deleted workspace.
deleted-title = Dzēsta darbvieta
deleted-heading = Darbvieta { $workspace } ir dzēsta
deleted-until = Līdz neatgriezeniskai dzēšanai to var paturēt. Dzēšanas laiks: { $ends }.
deleted-keep = PATURĒT DARBVIETU
deleted-kept-title = Darbvieta ir paturēta
deleted-kept-heading = Darbvieta { $workspace } ir paturēta
deleted-kept-text = Tā atkal ir pieejama visiem dalībniekiem. Vēstules, kas dzēšanas brīdī gaidīja nosūtīšanu, ir atceltas: nosūtiet šos uzaicinājumus vēlreiz.
deleted-open = ATVĒRT DARBVIETU
deleted-dead-text = Varbūt darbvieta jau ir paturēta, ir neatgriezeniski dzēsta vai kāda saites daļa pazuda pa ceļam.

# GraphiQL.
playground-title = GraphQL darbalauks
playground-loading = GraphiQL tiek ielādēts. Tam vajadzīgs JavaScript.
playground-open = Izmēģināt API darbalaukā

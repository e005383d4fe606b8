### Darbvietas pārvaldība un tas, kurp ved nederīga saite.

workspace-people = Cilvēki
members-none = Neviens nav atrasts.
column-actions = Darbības
filter-address = Meklēt adreses
filter-person = Meklēt vārdus un adreses
filter-all = Visi
filter-all-roles = Visas
filter-button = ATLASĪT
pager = Lappuses
pager-total = Pavisam: { $total }
pager-previous = IEPRIEKŠĒJĀ
pager-next = NĀKAMĀ
live-stale = Šis saturs vairs netiek atjaunināts. Ielādējiet lapu vēlreiz.

# Asking for a fresh link.
requests-title = Lūgumi pēc jaunas saites
requests-invite = Uzaicināt vēlreiz
requests-invite-to = Uzaicināt vēlreiz: { $email }
requests-dismiss = Noraidīt
requests-dismiss-of = Noraidīt { $email } lūgumu
link-request-button = LŪGT JAUNU SAITI
link-requested-title = Jūsu lūgums ir nodots
link-requested-text = Darbvietas { $workspace } administratori redz, ka { $email } lūdz jaunu saiti. Tā pienāks e-pastā, kad kāds no viņiem to nosūtīs.

# Sending.
send-new = SŪTĪT JAUNU UZAICINĀJUMU
send-title = Jauns uzaicinājums
send-emails = E-pasts
send-emails-hint = Viena vai vairākas adreses, atdalītas ar atstarpēm, komatiem vai jaunām rindām.
send-csv = Vai CSV fails
send-csv-hint = Kolonnas: email, role, locations (atdalītas ar |), message, language (en vai lv). Pirms sūtīšanas redzēsiet, kas notiks ar katru rindu.
send-locations-hint = Ko šis cilvēks drīkst redzēt; administratori redz visas.
send-language = Valoda
send-language-of-workspace = Kā darbvietas iestatījumos
send-language-hint = Vēstules un tās lapu valoda, ja cilvēka kontam nav savas.
send-message = Ziņa
send-button = SŪTĪT
send-cancel = ATCELT
send-outcome = Iznākums
send-unknown-role = Lomai jābūt user vai administrator.
send-unknown-language = Valodai jābūt en vai lv.
send-preview-title = Kas notiks
send-preview-text = Tiks uzaicināti: { $good }, netiks: { $bad }. Vēl nekas nav nosūtīts.
send-preview-button = SŪTĪT { $good }
send-will = Tiks uzaicināts
send-result-title = Nosūtīts
send-result-text = Uzaicināti: { $good }, nav uzaicināti: { $bad }.
send-did = Uzaicināts
send-result-back = UZ UZAICINĀJUMIEM

# One invitation.
invitation-resend = Sūtīt vēlreiz
invitation-resend-to = Sūtīt vēlreiz uz { $email }
invitation-revoke = Atsaukt
invitation-revoke-to = Atsaukt uzaicinājumu adresei { $email }
invitation-server-said = Pasta serveris atbildēja
invitation-next-attempt = Nākamais mēģinājums
invitation-attempts = Mēģinājumi
invitation-inviter = Uzaicināja
invitation-link = Saite
invitation-copy = KOPĒT SAITI
invitation-copied = Nokopēts.
invitation-copy-failed = Nokopēt neizdevās; saite ir iezīmēta, nokopējiet to pats.
invitation-dropped = bez { $names }: kopš tā laika dzēsts
invitation-suspended = apturēts
invitation-suspended-text = Tas ir apturēts: tā sūtītājs vairs nedrīkst aicināt šādā lomā. Nosūtiet to vēlreiz, un to varēs izmantot.
timeline-title = Notikumi
timeline-sent = Uzaicināts.
timeline-resent = Nosūtīts vēlreiz.
timeline-confirmed = Nospiesta poga PIEVIENOTIES; vēl nav reģistrējies.
timeline-accepted = Pieņemts.
timeline-declined = Noraidīts.
timeline-revoked = Atsaukts.
timeline-kept = Darbvieta atkal pieejama.
timeline-expired = Termiņš beidzies.
timeline-requested = Lūgta jauna saite.
timeline-delivered = Pasta serveris vēstuli pieņēma.
timeline-retrying = Vēstuli vēl neizdevās piegādāt:
timeline-retried = Operators lika vēstuli tūlīt sūtīt vēlreiz.
timeline-failed = Vēstuli neizdevās piegādāt:
timeline-cancelled = Vēstule vairs nebija vajadzīga un netika nosūtīta.
timeline-request-dismissed = Lūgums pēc jaunas saites noraidīts.
timeline-location-deleted = Atrašanās vieta dzēsta, un uzaicinājumā tās vairs nav:
timeline-other = Mainīts.

# Members, locations.
form-save = SAGLABĀT
form-saved = Saglabāts.
form-own-password = Jūsu parole
member-joined = Dalībnieks kopš
member-all-locations = Visas
member-change = Mainīt
member-remove = Noņemt no darbvietas
member-remove-text = { $person } tūlīt un visās ierīcēs zaudēs darbvietu { $workspace }. Vēlāk { $person } var uzaicināt vēlreiz.
member-remove-button = NOŅEMT
member-leave = Pamest darbvietu
member-leave-text = Jūs tūlīt zaudēsiet darbvietu { $workspace }. Lai atgrieztos, jums būs vajadzīgs jauns uzaicinājums.
member-leave-button = PAMEST
member-owner-text = Šī darbvieta pieder jums. Lai to pamestu, vispirms nododiet to citam.
location-title = Atrašanās vieta
location-new = Jauna atrašanās vieta
location-address-hint = Kur tā ir; var atstāt tukšu.
location-create = IZVEIDOT ATRAŠANĀS VIETU
location-delete = Dzēst atrašanās vietu
location-delete-text = Dalībnieki un atvērtie uzaicinājumi, kuros tā minēta, to zaudēs.
location-delete-button = DZĒST

# Settings of a workspace.
workspace-settings = Iestatījumi
settings-general = Vispārīgi
settings-audit = Notikumu žurnāls
settings-ownership = Īpašnieks
settings-deletion = Dzēšana
settings-language = Uzaicinājumu valoda
settings-language-none = Nav: vēstules angliski, lapas – kā lūdz pārlūks
settings-language-hint = Vēstuļu un to lapu valoda, ja sūtītājs neizvēlas citu un cilvēka kontam nav savas.
settings-seats = Vietas
settings-seats-of = Aizņemtas { $used } no { $seats }: dalībnieki un atvērtie uzaicinājumi.
settings-seats-unlimited = Aizņemtas { $used }: dalībnieki un atvērtie uzaicinājumi; ierobežojuma nav.
settings-created = Izveidota
ownership-text = Jaunais īpašnieks varēs visu, ko tagad varat jūs; jūs paliksiet administrators.
ownership-heir = Jaunais īpašnieks
ownership-button = NODOT
ownership-nobody = Darbvietu var nodot tikai administratoram, bet neviena vēl nav. Vispirms ieceliet kādu dalībnieku par administratoru:
deletion-text = Darbvieta { $workspace } tūlīt vairs nebūs pieejama nevienam: tās saites nedarbosies, un vēstules, kas gaida, tiks atceltas. Jūs un administratori to varēsiet paturēt līdz: { $ends }. Pēc tam tā tiks neatgriezeniski dzēsta ar visiem dalībniekiem, atrašanās vietām un uzaicinājumiem.
deletion-button = DZĒST DARBVIETU

# The audit log.
audit-when = Kad
audit-what = Kas notika
audit-who = Kas to izdarīja
event-workspace-created = Izveidota darbvieta { $name }.
event-workspace-renamed = Darbvieta { $before } pārdēvēta par { $after }.
event-workspace-language-changed = Mainīta darbvietas uzaicinājumu valoda.
event-workspace-handed-over = Darbvieta nodota: iepriekš { $before }, tagad { $after }.
event-workspace-seats-changed = Mainīts vietu skaits.
event-workspace-deleted = Darbvieta { $name } dzēsta.
event-workspace-kept = Darbvietas { $name } dzēšana atcelta.
event-location-created = Izveidota atrašanās vieta { $name }.
event-location-updated = Mainīta atrašanās vieta: iepriekš { $before }, tagad { $after }.
event-location-deleted = Dzēsta atrašanās vieta { $name }.
event-member-joined = Pievienojās { $name }, loma: { $role }.
event-member-updated = Mainīts dalībnieks { $name }: iepriekš { $before }, tagad { $after }.
event-member-removed = Noņemts dalībnieks { $name }.
event-member-left = Darbvietu pameta { $name }.
event-invitation-sent = Uzaicinājums nosūtīts uz { $email }, loma: { $role }.
event-invitation-resent = Uzaicinājums uz { $email } nosūtīts vēlreiz.
event-invitation-adopted = Uzaicinājums uz { $email } nosūtīts vēlreiz un pārņemts (iepriekš uzaicināja { $former }).
event-invitation-confirmed = { $email } nospieda pogu PIEVIENOTIES, bet vēl nav reģistrējies.
event-invitation-accepted = { $email } pieņēma uzaicinājumu.
event-invitation-declined = { $email } noraidīja uzaicinājumu.
event-invitation-link-requested = { $email } lūdza jaunu saiti.
event-invitation-request-dismissed = Noraidīts { $email } lūgums pēc jaunas saites.
event-invitation-revoked = Uzaicinājums uz { $email } atsaukts.
event-invitation-location-deleted = Dzēsta atrašanās vieta { $location }; uzaicinājumā uz { $email } tās vairs nav.
event-invitation-kept = Darbvieta atkal pieejama, un līdz ar to uzaicinājums uz { $email }.
event-invitation-expired = Uzaicinājuma uz { $email } termiņš beidzies.
event-delivery-sent = Pasta serveris pieņēma uzaicinājumu uz { $email }.
event-delivery-retrying = Uzaicinājumu uz { $email } vēl neizdevās nosūtīt: { $error }
event-delivery-retried = Operators lika tūlīt vēlreiz sūtīt uzaicinājumu uz { $email }.
event-delivery-failed = Uzaicinājumu uz { $email } neizdevās nosūtīt: { $error }
event-delivery-cancelled = Vēstule uz { $email } atcelta; tā vairs nebija vajadzīga.

# The own account.
account-title = Jūsu konts
account-menu = Konts un darbvietas
account-workspaces = Darbvietas
account-profile = Profils
account-language = Valoda
account-language-hint = Šo lapu un jums sūtīto vēstuļu valoda.
account-language-of-browser = Kādu lūdz pārlūks
language-en = English
language-lv = Latviešu
account-password = Parole
account-password-text = Ar to beigsies visas pārējās jūsu konta sesijas, un par to saņemsiet vēstuli.
account-password-changed = Parole ir nomainīta, un visas pārējās sesijas ir beigtas.
account-sessions = Sesijas
account-sessions-text = Kur jūs esat pieteicies. Beidziet tās, ko nepazīstat, un nomainiet paroli.
session-client = Pārlūks vai programma
session-began = Kopš
session-seen = Pēdējoreiz lietota
session-unknown = Nezināms
session-current = Šī
session-end = Beigt
session-end-others = BEIGT VISAS PĀRĒJĀS
account-invitations = Uzaicinājumi
account-invitations-none = Jums nav neviena atvērta uzaicinājuma.
account-invitations-asked = Jūsu lūgums ir ceļā: to redz darbvietas administratori.
home-invitations = { $count ->
    [zero] Jūs gaida { $count } uzaicinājumu:
    [one] Jūs gaida { $count } uzaicinājums:
   *[other] Jūs gaida { $count } uzaicinājumi:
}
home-current = pēdējoreiz atvērta
home-deleted = Dzēstās darbvietas
home-deleted-until = neatgriezeniski tiks dzēsta: { $ends }
join-opt-out = Ja tas nav domāts man, lai { $workspace } man vairs neraksta.
declined-ask = Vai tā bija kļūda, vai tomēr vēlaties ko dzirdēt no { $workspace }? Lūdziet tās administratoriem jaunu saiti.

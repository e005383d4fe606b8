### Darbvietas pārvaldība un tas, kurp ved nederīga saite.

workspace-people = Cilvēki
members-none = Neviens nav atrasts.
column-actions = Darbības
filter-address = Meklēt adreses
filter-person = Meklēt vārdus un adreses
filter-all = Visi
filter-button = ATLASĪT
pager = Lappuses
pager-total = Pavisam: { $total }
pager-previous = IEPRIEKŠĒJĀ
pager-next = NĀKAMĀ

# Asking for a fresh link.
requests-title = Lūdz jaunu saiti
requests-invite = Uzaicināt vēlreiz
requests-dismiss = Noņemt
link-request-button = LŪGT JAUNU SAITI
link-requested-title = Jūsu lūgums ir nodots
link-requested-text = Darbvietas { $workspace } administratori redz, ka { $email } lūdz jaunu saiti. Tā pienāks e-pastā, kad kāds no viņiem to nosūtīs.

# Sending.
send-new = SŪTĪT JAUNU UZAICINĀJUMU
send-title = Jauns uzaicinājums
send-emails = E-pasts
send-emails-hint = Viena vai vairākas adreses, atdalītas ar atstarpēm, komatiem vai jaunām rindām.
send-csv = Vai CSV fails
send-csv-hint = Kolonnas: email, role, locations (atdalītas ar |), message. Pirms sūtīšanas redzēsiet, kas notiks ar katru rindu.
send-locations-hint = Ko šis cilvēks drīkst redzēt; administratori redz visas.
send-message = Ziņa
send-button = SŪTĪT
send-cancel = ATCELT
send-outcome = Iznākums
send-unknown-role = Lomai jābūt user vai administrator.
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
timeline-title = Notikumi
timeline-sent = Uzaicināts.
timeline-resent = Nosūtīts vēlreiz.
timeline-confirmed = Nospiesta poga PIEVIENOTIES; vēl nav reģistrējies.
timeline-accepted = Pieņemts.
timeline-declined = Noraidīts.
timeline-revoked = Atsaukts.
timeline-expired = Termiņš beidzies.
timeline-requested = Lūgta jauna saite.
timeline-delivered = Pasta serveris vēstuli pieņēma.
timeline-retrying = Vēstuli vēl neizdevās piegādāt:
timeline-failed = Vēstuli neizdevās piegādāt:
timeline-cancelled = Vēstule vairs nebija vajadzīga un netika nosūtīta.
timeline-other = Mainīts.

### Vēstules.

mail-footer = Šo vēstuli Usher nosūtīja uz adresi { $recipient }.
mail-hello = Labdien, { $person }!
mail-or-open = Vai atveriet šo saiti:

# The mail that invites.
mail-invitation-title = { $inviter } aicina jūs pievienoties darbvietai { $workspace }
mail-invitation-title-anonymous = Jūs aicina pievienoties darbvietai { $workspace }
mail-invitation-preheader = Loma: { $role }. Derīgs līdz: { $ends }
mail-invitation-role = Loma:
mail-invitation-locations = Atrašanās vietas:
mail-invitation-writes = { $inviter } raksta:
mail-invitation-writes-anonymous = Uzaicinātājs raksta:
mail-invitation-button = PIEŅEMT UZAICINĀJUMU
mail-invitation-ends = Uzaicinājums ir paredzēts adresei { $recipient }. Derīgs līdz: { $ends }.
mail-invitation-ignore = Ja nevēlaties pievienoties, jums nekas nav jādara.

# To the inviter.
mail-accepted-title = { $person } pievienojās darbvietai { $workspace }
mail-accepted-preheader = Pievienojās ar lomu: { $role }
mail-accepted-text = { $person } pieņēma jūsu uzaicinājumu un tagad ir darbvietas { $workspace } dalībnieks.
mail-accepted-role = Loma:
mail-accepted-button = SKATĪT DALĪBNIEKUS

# To somebody who registers.
mail-verify-title = Apstipriniet savu e-pasta adresi
mail-verify-preheader = Atlicis viens solis
mail-verify-text = Ar adresi { $recipient } tika sākta reģistrācija; visticamāk, to darījāt jūs. Lai to pabeigtu, atveriet saiti un ievadiet izvēlēto paroli.
mail-verify-button = APSTIPRINĀT ADRESI
mail-verify-ends = Saite derīga līdz: { $ends }.
mail-verify-ignore = Ja tas nebijāt jūs, jums nekas nav jādara: bez jūsu apstiprinājuma konts netiks izveidots.

# To the owner of an account whose address somebody registered with.
mail-in-use-title = Kāds mēģināja reģistrēties ar jūsu adresi
mail-in-use-preheader = Nekas nav mainījies
mail-in-use-text = Kāds mēģināja reģistrēties ar jūsu adresi { $recipient }, kurai konts jau ir. Nekas nav mainījies.
mail-in-use-log-in = Ja tas bijāt jūs, piesakieties:
mail-in-use-button = PIETEIKTIES
mail-in-use-ignore = Ja tas nebijāt jūs, jums nekas nav jādara.

# To somebody who forgot the password.
mail-reset-title = Iestatiet jaunu paroli
mail-reset-preheader = Saite derīga vienu reizi un vienu stundu
mail-reset-text = Kontam { $recipient } tika pieprasīta jauna parole; visticamāk, to darījāt jūs. Lai to izvēlētos, atveriet saiti.
mail-reset-button = IESTATĪT JAUNU PAROLI
mail-reset-ends = Saite izmantojama vienu reizi. Derīga līdz: { $ends }.
mail-reset-ignore = Ja tas nebijāt jūs, jums nekas nav jādara: parole paliks tāda, kāda bija.

# After a change of the password.
mail-changed-title = Jūsu parole ir nomainīta
mail-changed-preheader = Citas sesijas ir beigtas
mail-changed-text = Jūsu konta { $recipient } parole tikko tika nomainīta. Visur citur, kur bijāt pieteicies, jāpiesakās ar jauno paroli.
mail-changed-not-you = Ja tas nebijāt jūs, kāds var lasīt jūsu pastu vai zināja jūsu paroli. Parūpējieties par pastkastes drošību un tad iestatiet jaunu paroli:
mail-changed-button = IESTATĪT JAUNU PAROLI
mail-changed-ignore = Ja tas bijāt jūs, jums nekas nav jādara.

# To owner and administrators of a deleted workspace.
mail-deleted-title = Darbvieta { $workspace } ir dzēsta
mail-deleted-preheader = To var paturēt līdz: { $ends }
mail-deleted-text = Darbvietu { $workspace } dzēsa tās īpašnieks. Tā vairs nevienam nav pieejama un tiks neatgriezeniski dzēsta kopā ar dalībniekiem, atrašanās vietām un uzaicinājumiem. Dzēšanas laiks: { $ends }.
mail-deleted-keep = Ja tas nav pareizi, paturiet to:
mail-deleted-button = PATURĒT DARBVIETU
mail-deleted-ignore = Jūs saņemat šo vēstuli, jo esat tās īpašnieks vai administrators. Ja viss ir pareizi, jums nekas nav jādara.

# Asked for in the settings, to see that mail gets through.
mail-test-subject = Darbvietas { $workspace } pārbaudes vēstule
mail-test-title = Vēstules nonāk galā
mail-test-preheader = Jūs pieprasījāt šo pārbaudes vēstuli
mail-test-text = Jūs pieprasījāt šo darbvietas { $workspace } pārbaudes vēstuli. Tā nāca pa to pašu ceļu, pa kuru iet uzaicinājumi, tātad arī tie nonāk galā.
mail-test-button = AICINĀT CILVĒKUS

### Ko lapas saka, ja kaut kas netika izdarīts.

error-invalid-email = Ievadiet e-pasta adresi, piemēram, janis@example.com.
error-invalid-name = Ievadiet vārdu vai nosaukumu, ne garāku par { $max } rakstzīmēm.
error-invalid-password = Parolē jābūt vismaz { $min } rakstzīmēm un ne vairāk kā { $max } baitiem.
error-invalid-input = Šādu vērtību nevar pieņemt.
error-message-too-long = Ziņojums ir par garu: tajā drīkst būt ne vairāk kā { $max } rakstzīmes.
error-address-too-long = Adrese ir par garu: tajā drīkst būt ne vairāk kā { $max } rakstzīmes.
error-invalid-credentials = Adrese vai parole nav pareiza.
error-email-not-verified = Šī adrese vēl nav apstiprināta. Atveriet saiti vēstulē, ko uz to nosūtījām.
error-token-invalid = Šī saite nav derīga vai vairs nav derīga.
error-invitation-expired = Šī uzaicinājuma termiņš ir beidzies.
error-invitation-revoked = Šis uzaicinājums ir atsaukts.
error-invitation-declined = Šis uzaicinājums ir noraidīts.
error-invitation-already-accepted = Šis uzaicinājums jau ir izmantots.
error-invitation-suspended = Šis uzaicinājums ir apturēts: tā sūtītājs vairs nedrīkst aicināt šādā lomā.
error-wrong-account = Šis uzaicinājums ir paredzēts citai adresei.
error-already-member = Šī persona jau ir dalībnieks.
error-already-invited = Šai personai jau ir atvērts uzaicinājums; nosūtiet to vēlreiz.
error-recipient-opted-out = Šī persona ir lūgusi, lai šī darbvieta vairs neraksta.
error-locations-not-allowed = Administrators redz visas atrašanās vietas; norādiet tās tikai lomai „Lietotājs”.
error-location-not-found = Šajā darbvietā nav tādas atrašanās vietas.
error-role-not-allowed = Jūsu loma to neatļauj.
error-last-owner = Īpašnieks nevar aiziet, un viņu nevar noņemt; vispirms nododiet darbvietu citam.
error-seat-limit-reached = Šajā darbvietā vairs nav brīvu vietu.
error-too-many-rows = Vienai sūtīšanai rindu ir par daudz.

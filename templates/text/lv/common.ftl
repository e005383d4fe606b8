### Kopīgais lapām un vēstulēm.

language-tag = lv
language-direction = ltr

# A point in time, such as: 2026. gada 2. marts, plkst. 09.00 (UTC)
moment = { $year }. gada { $day }. { $month ->
    [1] janvāris
    [2] februāris
    [3] marts
    [4] aprīlis
    [5] maijs
    [6] jūnijs
    [7] jūlijs
    [8] augusts
    [9] septembris
    [10] oktobris
    [11] novembris
   *[12] decembris
}, plkst. { $hour }.{ $minute } (UTC)

role-owner = Īpašnieks
role-administrator = Administrators
role-user = Lietotājs

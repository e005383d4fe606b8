### What pages and mails have in common.

language-tag = en
language-direction = ltr

# A point in time, such as: 2 March 2026, 09:00 UTC
moment = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $hour }:{ $minute } UTC

role-owner = Owner
role-administrator = Administrator
role-user = User

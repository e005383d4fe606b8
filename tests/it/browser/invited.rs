//! Whoever is invited: from the mail into the workspace, and what a link says that leads nowhere.

use entity::invitation::{Column, Entity};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::json;
use tests::{Actor, Chromium, Object, Running, Window, stories};

use super::{acme, enters, logs_in, page};
use crate::members::{membership_of, removes, updates};

stories![alone:
    somebody_without_an_account_joins_in_three_screens,
    somebody_with_an_account_joins_and_logs_in,
    an_invitation_waits_for_somebody_who_registers_without_its_link,
    somebody_signed_in_joins_at_once_and_somebody_else_comes_back,
    a_link_that_leads_nowhere_says_why_and_what_to_do,
    a_link_that_leads_nowhere_needs_no_scripts,
    a_link_whose_term_has_ended_says_so_and_a_fresh_one_can_be_asked_for,
];

async fn somebody_without_an_account_joins_in_three_screens() {
    let (usher, alice, acme) = acme().await;
    let locations = alice
        .graphql("query($id: ID!) { workspace(id: $id) { locations { nodes { id } } } }", json!({ "id": acme.id() }));
    let riga = locations.await.text("/workspace/locations/nodes/0/id");
    let input = json!({ "email": "bob@example.com", "locationIds": [riga], "message": "Welcome, Bob" });
    alice.invites_with(&acme, input).await.succeeds();
    let link = usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    let window = Chromium::start().opens_a_window().await;
    window.measures(390, 844).await;
    window.goes(&link).await;
    for shown in ["Alice invites you to Acme", "bob@example.com", "Riga", "Welcome, Bob"] {
        window.sees(shown).await;
    }
    window.is_photographed("join-phone").await;
    window.presses("JOIN").await;
    window.sees("to join Acme").await;
    assert_eq!(window.evaluates("document.getElementById('email').readOnly").await, true);
    window.types("name", "Bob").await;
    window.types("password", "a long password").await;
    window.presses("REGISTER").await;
    window.sees("Log in").await;
    window.types("password", "a long password").await;
    window.presses("LOGIN").await;
    window.sees("Your role: User").await;
    window.sees("Riga").await;
    window.breaks_no_policy().await;
    window.closes().await;
}

async fn somebody_with_an_account_joins_and_logs_in() {
    let (usher, alice, acme) = acme().await;
    let bob = usher.account("bob@example.com").await;
    alice.invites(&acme, "bob@example.com").await;
    let link = usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    let window = Chromium::start().opens_a_window().await;
    window.goes(&link).await;
    window.presses("JOIN").await;
    window.sees("to join Acme").await;
    // A wrong password loses nothing.
    window.types("password", "not this one").await;
    window.presses("LOGIN").await;
    window.sees("The address or the password is wrong.").await;
    enters(&window, &bob).await;
    window.sees("Your role: User").await;
    window.closes().await;
}

async fn an_invitation_waits_for_somebody_who_registers_without_its_link() {
    let (usher, alice, acme) = acme().await;
    alice.invites(&acme, "bob@example.com").await;
    let chromium = Chromium::start();
    let window = chromium.opens_a_window().await;
    window.goes(page(&usher, "/register")).await;
    window.types("email", "bob@example.com").await;
    window.types("name", "Bob").await;
    window.types("password", "a long password").await;
    window.presses("REGISTER").await;
    window.sees("Look into your mailbox").await;
    window.closes().await;
    let another = chromium.opens_a_window().await;
    another.goes(usher.link_to("bob@example.com", "Verify your address").await).await;
    another.types("password", "a long password").await;
    another.presses("VERIFY").await;
    another.sees("your account is ready").await;
    another.types("email", "bob@example.com").await;
    another.types("password", "a long password").await;
    another.presses("LOGIN").await;
    another.sees("An invitation waits for you").await;
    another.presses("Invitations").await;
    another.presses("JOIN").await;
    another.sees("Your role: User").await;
    another.closes().await;
}

async fn somebody_signed_in_joins_at_once_and_somebody_else_comes_back() {
    let (usher, alice, acme) = acme().await;
    let (bob, carol) = (usher.account("bob@example.com").await, usher.account("carol@example.com").await);
    alice.invites(&acme, "bob@example.com").await;
    let link = usher.link_to("bob@example.com", "Alice invites you to Acme").await;
    let chromium = Chromium::start();
    let window = logs_in(&chromium, &usher, &carol).await;
    window.goes(&link).await;
    window.presses("JOIN").await;
    window.sees("You are logged in as somebody else").await;
    window.sees("carol@example.com").await;
    window.presses("LOG OUT AND COME BACK").await;
    window.sees("Alice invites you to Acme").await;
    window.goes(page(&usher, "/login")).await;
    enters(&window, &bob).await;
    window.goes(&link).await;
    window.sees("You are logged in as bob@example.com.").await;
    window.presses("JOIN").await;
    window.sees("Your role: User").await;
    // The mail opened once more leads in again.
    window.goes(&link).await;
    window.presses("OPEN WORKSPACE").await;
    window.sees("Your role: User").await;
    window.closes().await;
}

async fn a_link_that_leads_nowhere_says_why_and_what_to_do() {
    let scene = Scene::begins().await;
    scene.shows_each_outcome().await;
    scene.window.breaks_no_policy().await;
    scene.window.closes().await;
}

async fn a_link_that_leads_nowhere_needs_no_scripts() {
    let scene = Scene::begins().await;
    scene.window.turns_scripts_off().await;
    scene.shows_each_outcome().await;
    scene.window.closes().await;
}

async fn a_link_whose_term_has_ended_says_so_and_a_fresh_one_can_be_asked_for() {
    let scene = Scene::begins().await;
    let (invitation, link) = scene.invites("bob@example.com").await;
    let ended = Entity::update_many().col_expr(Column::ExpiresAt, Expr::col(Column::CreatedAt));
    ended.exec(&scene.usher.database().await).await.expect("a term can be moved");
    assert_eq!(scene.alice.sees_status(&invitation).await, "EXPIRED");
    scene.window.goes(&link).await;
    scene.window.sees("This invitation has expired").await;
    scene.asks_for_a_fresh_link().await;
    scene.window.closes().await;
}

/// Alice's workspace, and the window of those she invites.
struct Scene {
    window: Window,
    usher: Running,
    alice: Actor,
    acme: Object,
}

impl Scene {
    async fn begins() -> Self {
        let (usher, alice, acme) = acme().await;
        Self { window: Chromium::start().opens_a_window().await, usher, alice, acme }
    }

    async fn shows_each_outcome(&self) {
        self.revoked().await;
        self.declined().await;
        self.used().await;
        self.suspended().await;
        self.window.goes(page(&self.usher, "/join/nothing")).await;
        self.window.sees("This link is not valid").await;
    }

    /// Invites somebody; answers the invitation and its link.
    async fn invites(&self, email: &str) -> (Object, String) {
        let invitation = self.alice.invites(&self.acme, email).await;
        (invitation, self.usher.link_to(email, "Alice invites you to Acme").await)
    }

    async fn asks_for_a_fresh_link(&self) {
        self.window.presses("ASK FOR A FRESH LINK").await;
        self.window.sees("Your request is on its way").await;
    }

    async fn revoked(&self) {
        let (invitation, link) = self.invites("bob@example.com").await;
        self.alice.revokes(&invitation).await.succeeds();
        self.window.goes(&link).await;
        self.window.sees("This invitation was taken back").await;
        self.asks_for_a_fresh_link().await;
    }

    async fn declined(&self) {
        let (_, link) = self.invites("carol@example.com").await;
        self.window.goes(&link).await;
        self.window.ticks("If it is not for me: don't write to me again from Acme.").await;
        self.window.presses("NOT FOR ME").await;
        self.window.sees("You declined the invitation").await;
        let again = self.alice.invites_with(&self.acme, json!({ "email": "carol@example.com" })).await;
        assert_eq!(again.user_error(), "RECIPIENT_OPTED_OUT");
        self.window.goes(&link).await;
        self.window.sees("This invitation was declined").await;
    }

    async fn used(&self) {
        let (_, link) = self.invites("dave@example.com").await;
        let dave = self.usher.account("dave@example.com").await;
        dave.accepts(&link).await.succeeds();
        removes(&self.alice, &membership_of(&dave, &self.acme).await).await.succeeds();
        self.window.goes(&link).await;
        self.window.presses("LOGIN").await;
        self.window.types("password", &dave.password).await;
        self.window.presses("LOGIN").await;
        self.window.sees("This invitation was used already").await;
        self.window.presses("CONTINUE").await;
        self.window.sees("Your workspaces").await;
        self.window.presses("Log out").await;
    }

    async fn suspended(&self) {
        let adam = self.usher.account("adam@example.com").await;
        let input = json!({ "email": "adam@example.com", "role": "ADMINISTRATOR" });
        self.alice.invites_with(&self.acme, input).await.succeeds();
        adam.accepts(&self.usher.link_to("adam@example.com", "Alice invites you to Acme").await).await.succeeds();
        adam.invites(&self.acme, "eve@example.com").await;
        let link = self.usher.link_to("eve@example.com", "Adam invites you to Acme").await;
        let demoted = updates(&self.alice, &membership_of(&adam, &self.acme).await, json!({ "role": "USER" })).await;
        demoted.succeeds();
        self.window.goes(&link).await;
        self.window.presses("JOIN").await;
        self.window.sees("This invitation is suspended").await;
        self.asks_for_a_fresh_link().await;
    }
}

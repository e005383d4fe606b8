//! How each page is reached, in each state it has.

use std::time::Duration;

use axum::http::header::LOCATION;
use domain::{id::Kind, operator, rate_limit::Limit};
use entity::membership::Role;
use serde_json::json;
use tests::{Actor, Gallery, Object, RefusingSmtp, Usher};

use crate::console_pages::{hidden, uploads};
use crate::members::{membership_of, removes, updates};
use crate::page_samples;
use crate::rate_limits::limited;

/// Who and what the pages are about.
struct Scene {
    app: Usher,
    alice: Actor,
    bob: Actor,
    workspace: Object,
    /// The path of its console.
    console: String,
}

impl Scene {
    async fn new(app: &Usher) -> Self {
        let (alice, workspace) = app.owner("alice@example.com", "Harbour Coffee").await;
        for name in ["Riga", "Jelgava", "Liepāja"] {
            alice.creates_location(&workspace, name).await;
        }
        let bob = app.member("bob@example.com", &workspace, Role::User).await;
        app.member("carol@example.com", &workspace, Role::Administrator).await;
        Self { app: app.clone(), alice, bob, console: format!("/w/{}", workspace.id()), workspace }
    }

    /// An invitation, and the path of its link.
    async fn invites(&self, inviter: &Actor, email: &str) -> (Object, String) {
        let locations = self.alice.graphql(
            "query($id: ID!) { workspace(id: $id) { locations(first: 2) { nodes { id } } } }",
            json!({ "id": self.workspace.id() }),
        );
        let locations = locations.await.object("/workspace").texts("/locations/nodes", "/id");
        let message = "We open at eight. See you on Monday!";
        let input = json!({ "email": email, "locationIds": locations, "message": message });
        let invitation = inviter.invites_with(&self.workspace, input).await.object("/invitation");
        self.app.run_jobs().await;
        (invitation, self.path_in_mail(email))
    }

    /// The path of the link in the mail to an address.
    fn path_in_mail(&self, email: &str) -> String {
        let link = self.app.mail_to(email).link();
        link.strip_prefix("http://usher.test").expect("a page of ours").to_owned()
    }
}

/// Every page in every state.
pub(crate) async fn everything(app: &Usher) -> Gallery {
    let mut gallery = Gallery::default();
    let scene = Scene::new(app).await;
    strangers(&scene, &mut gallery).await;
    mails(&scene, &mut gallery).await;
    members(&scene, &mut gallery).await;
    settings(&scene, &mut gallery).await;
    account(&scene, &mut gallery).await;
    joining(&scene, &mut gallery).await;
    closed_links(&scene, &mut gallery).await;
    refused_links(&scene, &mut gallery).await;
    deleting(&scene, &mut gallery).await;
    invitations(&scene, &mut gallery).await;
    sending(&scene, &mut gallery).await;
    samples(&scene, &mut gallery).await;
    gallery
}

async fn strangers(scene: &Scene, gallery: &mut Gallery) {
    let eve = scene.app.visitor("eve@example.com");
    for (name, path) in [
        ("welcome", "/"),
        ("login", "/login"),
        ("login.verified", "/login?verified=1"),
        ("login.reset", "/login?reset=1"),
        ("register", "/register"),
        ("forgot", "/forgot"),
        ("failure.not-found", "/nowhere"),
        ("verify-dead-link", "/verify/x"),
        ("reset-dead-link", "/reset/x"),
        ("cancel-deletion-dead-link", "/cancel-deletion/x"),
        ("dead-link.invalid", "/join/x"),
        ("playground", "/playground"),
    ] {
        gallery.add(name, eve.opens(path).await);
    }
    gallery.add("login.refused", eve.submits("/login", &[("email", "eve@"), ("password", "x")]).await);
    gallery.add("register.refused", eve.submits("/register", &[("email", "eve@"), ("name", " ")]).await);
    gallery.add("forgot.refused", eve.submits("/forgot", &[("email", "eve@")]).await);
    gallery.add("failure.forged", eve.submits_forged("/login", &[]).await);
}

async fn mails(scene: &Scene, gallery: &mut Gallery) {
    let eve = scene.app.visitor("eve@example.com");
    gallery.add("mail-list.empty", eve.opens("/mail").await);
    let typed = [("email", "eve@example.com"), ("name", "Eve"), ("password", "a long password")];
    gallery.add("mail-sent", eve.submits("/register", &typed).await);
    scene.app.run_jobs().await;
    let path = scene.path_in_mail("eve@example.com");
    gallery.add("verify", eve.opens(&path).await);
    gallery.add("verify.refused", eve.submits(&path, &[("password", "not this one")]).await);
    gallery.add("reset-sent", eve.submits("/forgot", &[("email", "bob@example.com")]).await);
    scene.app.run_jobs().await;
    let path = scene.path_in_mail("bob@example.com");
    gallery.add("reset", eve.opens(&path).await);
    gallery.add("reset.refused", eve.submits(&path, &[("password", "short")]).await);
    let list = eve.opens("/mail").await;
    let mail = list.body().split("href=\"/mail/").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    gallery.add("mail-list", list);
    gallery.add("mail-preview", eve.opens("/mail/preview").await);
    gallery.add("mail", eve.opens(&format!("/mail/{}", mail.expect("a mail"))).await);
}

async fn members(scene: &Scene, gallery: &mut Gallery) {
    let Scene { alice, bob, console, workspace, .. } = scene;
    gallery.add("members", alice.opens(&format!("{console}/members")).await);
    gallery.add("members.user", bob.opens(&format!("{console}/members")).await);
    gallery.add("members.none", alice.opens(&format!("{console}/members?search=nobody")).await);
    let of_bob = format!("{console}/members/{}", membership_of(bob, workspace).await);
    gallery.add("member", alice.opens(&of_bob).await);
    gallery.add("member.own", bob.opens(&of_bob).await);
    gallery.add("member.refused", alice.submits(&of_bob, &[("action", "update"), ("location", workspace.id())]).await);
    let of_alice = format!("{console}/members/{}", membership_of(alice, workspace).await);
    gallery.add("member.owner", alice.opens(&of_alice).await);
    gallery.add("failure.forbidden", bob.opens(&format!("{console}/invitations")).await);
    let locations = format!("{console}/locations");
    gallery.add("locations", alice.opens(&locations).await);
    gallery.add("locations.none", bob.opens(&locations).await);
    gallery.add("location.new", alice.opens(&format!("{locations}/new")).await);
    let new = [("action", "update"), ("name", ""), ("address", "Brīvības iela 1")];
    gallery.add("location.refused", alice.submits(&format!("{locations}/new"), &new).await);
    let nodes = "query($id: ID!) { workspace(id: $id) { locations { nodes { id } } } }";
    let riga = alice.graphql(nodes, json!({ "id": workspace.id() })).await.text("/workspace/locations/nodes/0/id");
    gallery.add("location", alice.opens(&format!("{locations}/{riga}")).await);
    let unknown = alice.submits(&format!("{locations}/{riga}"), &[("action", "unknown")]).await;
    gallery.add("failure.bad-input", unknown);
    gallery.add("failure.wrong-method", alice.submits(&format!("{console}/members"), &[]).await);
}

async fn settings(scene: &Scene, gallery: &mut Gallery) {
    let Scene { alice, console, .. } = scene;
    let settings = format!("{console}/settings");
    gallery.add("settings", alice.opens(&format!("{settings}?saved=1")).await);
    let tested = alice.submits(&format!("{settings}/test-mail"), &[]).await;
    let place = tested.headers()[LOCATION].to_str().expect("text").split('#').next().expect("a path").to_owned();
    gallery.add("settings.test-mail", alice.opens(&place).await);
    gallery.add("settings.refused", alice.submits(&settings, &[("name", "")]).await);
    let ownership = format!("{settings}/ownership");
    let page = alice.opens(&ownership).await;
    let heir = page.body().split("<option value=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
    gallery.add("ownership", page);
    let typed = [("heir", heir.as_deref().expect("an administrator")), ("password", "not this one")];
    gallery.add("ownership.refused", alice.submits(&ownership, &typed).await);
    let alone = alice.creates_workspace("Alone").await;
    gallery.add("ownership.nobody", alice.opens(&format!("/w/{}/settings/ownership", alone.id())).await);
    let ralf = scene.app.account("ralf@example.com").await;
    let (_, link) = alice.sends_link(&alone, "ralf@example.com").await;
    let full = Kind::Workspace.parse(alone.id()).expect("the id of a workspace");
    operator::set_seats(scene.app.domain(), full, Some(1)).await.expect("a workspace");
    let path = link.strip_prefix("http://usher.test").expect("a page of ours");
    gallery.add("dead-link.full", ralf.submits(path, &[("action", "join")]).await);
    gallery.add("settings.full", alice.opens(&format!("/w/{}/settings", alone.id())).await);
    gallery.add("deletion", alice.opens(&format!("{settings}/deletion")).await);
    gallery.add("deletion.refused", alice.submits(&format!("{settings}/deletion"), &[("password", "no")]).await);
}

async fn account(scene: &Scene, gallery: &mut Gallery) {
    let bob = &scene.bob;
    gallery.add("home", bob.opens("/").await);
    gallery.add("home.refused", bob.submits("/workspaces", &[("name", "")]).await);
    gallery.add("account", bob.opens("/account?saved=1").await);
    gallery.add("account.refused", bob.submits("/account", &[("name", "")]).await);
    gallery.add("account-password", bob.opens("/account/password").await);
    let typed = [("currentPassword", "no"), ("newPassword", "no")];
    gallery.add("account-password.refused", bob.submits("/account/password", &typed).await);
    bob.elsewhere().logs_in().await.succeeds();
    gallery.add("account-sessions", bob.opens("/account/sessions").await);
    gallery.add("account-invitations.none", bob.opens("/account/invitations").await);
    let frank = scene.app.account("frank@example.com").await;
    gallery.add("home.none", frank.opens("/").await);
    scene.invites(&scene.alice, "frank@example.com").await;
    gallery.add("account-invitations", frank.opens("/account/invitations").await);
    gallery.add("home.invited", frank.opens("/").await);
}

async fn joining(scene: &Scene, gallery: &mut Gallery) {
    let (invitation, path) = scene.invites(&scene.alice, "grace@example.com").await;
    let grace = scene.app.visitor("grace@example.com");
    let token = path.strip_prefix("/join/").expect("a token").to_owned();
    gallery.add("join", grace.opens(&path).await);
    gallery.add("switch-account", scene.bob.submits(&path, &[("action", "join")]).await);
    gallery.add("register.invited", grace.opens(&format!("/register?invitation={token}")).await);
    gallery.add("login.invited", grace.opens(&format!("/login?invitation={token}")).await);
    grace.registers_through(&path).await.succeeds();
    grace.logs_in().await.succeeds();
    gallery.add("accepted", grace.opens(&path).await);
    let of_grace = format!("{}/invitations/{}", scene.console, invitation.id());
    gallery.add("invitation.accepted", scene.alice.opens(&of_grace).await);
    gallery.add("accepted.signed-out", grace.elsewhere().opens(&path).await);
    removes(&scene.alice, &membership_of(&grace, &scene.workspace).await).await.succeeds();
    gallery.add("dead-link.used", grace.submits(&path, &[("action", "join")]).await);
}

async fn closed_links(scene: &Scene, gallery: &mut Gallery) {
    let heidi = scene.app.visitor("heidi@example.com");
    let (_, path) = scene.invites(&scene.alice, "heidi@example.com").await;
    gallery.add("declined", heidi.submits(&path, &[("action", "decline")]).await);
    gallery.add("dead-link.declined", heidi.opens(&path).await);
    let (invitation, path) = scene.invites(&scene.alice, "ivan@example.com").await;
    scene.alice.revokes(&invitation).await.succeeds();
    gallery.add("dead-link.revoked", heidi.opens(&path).await);
    let (_, path) = scene.invites(&scene.alice, "judy@example.com").await;
    scene.app.clock_moves(Duration::from_hours(8 * 24));
    gallery.add("dead-link.expired", heidi.opens(&path).await);
    gallery.add("link-requested", heidi.submits(&path, &[("action", "ask")]).await);
}

async fn refused_links(scene: &Scene, gallery: &mut Gallery) {
    let adam = scene.app.member("adam@example.com", &scene.workspace, Role::Administrator).await;
    let (suspended, path) = scene.invites(&adam, "ken@example.com").await;
    let ken = scene.app.account("ken@example.com").await;
    updates(&scene.alice, &membership_of(&adam, &scene.workspace).await, json!({ "role": "USER" })).await.succeeds();
    gallery.add("dead-link.suspended", ken.submits(&path, &[("action", "join")]).await);
    gallery.add("account-invitations.suspended", ken.opens("/account/invitations").await);
    let list = format!("{}/invitations", scene.console);
    gallery.add("invitations.suspended", scene.alice.opens(&list).await);
    gallery.add("invitation.suspended", scene.alice.opens(&format!("{list}/{}", suspended.id())).await);
    let (_, path) = scene.invites(&scene.alice, "leo@example.com").await;
    let (_, token) = path.rsplit_once('/').expect("a token");
    let typed = [("email", "bob@example.com"), ("password", scene.bob.password.as_str()), ("invitation", token)];
    gallery.add("dead-link.wrong-account", scene.bob.elsewhere().submits("/login", &typed).await);
}

async fn invitations(scene: &Scene, gallery: &mut Gallery) {
    let Scene { app, alice, console, workspace, .. } = scene;
    let list = format!("{console}/invitations");
    app.clock_moves(Duration::from_hours(2));
    let (invitation, _) = scene.invites(alice, "maria@example.com").await;
    gallery.add("invitation", alice.opens(&format!("{list}/{}", invitation.id())).await);
    let smtp = RefusingSmtp::start("550 5.1.1 Nobody of that name here").await;
    app.delivers_by_smtp(&smtp.url());
    let refused = alice.invites(workspace, "nobody@example.com").await;
    app.run_jobs().await;
    gallery.add("invitation.failed", alice.opens(&format!("{list}/{}", refused.id())).await);
    let late = RefusingSmtp::start("451 4.7.1 Come back later").await;
    app.delivers_by_smtp(&late.url());
    let delayed = alice.invites(workspace, "olivia@example.com").await;
    app.run_jobs().await;
    gallery.add("invitation.retrying", alice.opens(&format!("{list}/{}", delayed.id())).await);
    let page = alice.opens(&list).await;
    assert!(page.body().contains("Requests for a fresh link"), "{}", page.body());
    gallery.add("invitations", page);
    gallery.add("invitations.none", alice.opens(&format!("{list}?search=zzz")).await);
    alice.revokes(&delayed).await.succeeds();
    alice.revokes(&refused).await.succeeds();
    let other = alice.creates_workspace("Second").await;
    gallery.add("invitations.new", alice.opens(&format!("/w/{}/invitations", other.id())).await);
}

async fn sending(scene: &Scene, gallery: &mut Gallery) {
    let (alice, new) = (&scene.alice, format!("{}/invitations/new", scene.console));
    let form = alice.opens(&new).await;
    let location = hidden(form.body(), "location");
    gallery.add("send", form);
    let long = "x".repeat(1_001);
    gallery.add("send.refused", alice.submits(&new, &[("emails", "bob@"), ("message", &long)]).await);
    let emails = "pat@example.com quinn@example.com bob@example.com";
    let typed = [("emails", emails), ("role", "USER"), ("location", &location), ("message", "We open at eight.")];
    let preview = alice.submits(&new, &typed).await;
    let (payload, key) = (hidden(preview.body(), "payload"), hidden(preview.body(), "key"));
    gallery.add("send-preview", preview);
    let send = format!("{}/invitations/send", scene.console);
    let change = [&typed[..], &[("change", "1")]].concat();
    gallery.add("send.changed", alice.submits(&new, &change).await);
    let fields = [("payload", payload.as_str()), ("key", &key), ("emails", "pat@example.com")];
    let limited = alice.through(&limited(&scene.app, &[(Limit::InvitePerson, "1/1h")]));
    gallery.add("send-preview.limited", limited.submits(&send, &fields).await);
    let stopped = [("emails", "pat@example.com"), ("message", "Come in")];
    gallery.add("signed-out", alice.elsewhere().submits(&new, &stopped).await);
    gallery.add("failure.too-large", alice.submits(&new, &[("message", &"x".repeat(5 * 1024 * 1024))]).await);
    gallery.add("invitations.done", alice.opens(&format!("{}/invitations?done=resent", scene.console)).await);
    gallery.add("send-result", alice.submits(&send, &[("payload", &payload), ("key", &key)]).await);
    scene.app.run_jobs().await;
    gallery.add("audit", alice.opens(&format!("{}/settings/audit", scene.console)).await);
    gallery.add("send.unreadable", uploads(&scene.app, alice, &new, b"\xEE").await);
    let dropping = scene.app.account("alma@example.com").await;
    let other = dropping.creates_workspace("Dropping").await;
    let oslo = dropping.creates_location(&other, "Oslo").await;
    let input = json!({ "email": "bob@example.com", "locationIds": [oslo.id()] });
    let invitation = dropping.invites_with(&other, input).await.object("/invitation");
    dropping.deletes_location(&oslo).await.succeeds();
    let list = format!("/w/{}/invitations", other.id());
    gallery.add("invitations.dropped", dropping.opens(&list).await);
    gallery.add("invitation.dropped", dropping.opens(&format!("{list}/{}", invitation.id())).await);
}

async fn deleting(scene: &Scene, gallery: &mut Gallery) {
    let Scene { app, alice, .. } = scene;
    let other = alice.creates_workspace("Summer Terrace").await;
    alice.submits(&format!("/w/{}/settings/deletion", other.id()), &[("password", &alice.password)]).await;
    gallery.add("home.deleted", alice.opens("/").await);
    app.run_jobs().await;
    // Alice was told of those who joined, too.
    let mut paths = std::iter::repeat_with(|| scene.path_in_mail("alice@example.com"));
    let path = paths.find(|path| path.starts_with("/cancel-deletion/")).expect("a mail about the deletion");
    gallery.add("cancel-deletion", alice.opens(&path).await);
    gallery.add("deletion-cancelled", alice.submits(&path, &[]).await);
}

/// The pages with sample data, in Latvian: all others are in English.
async fn samples(scene: &Scene, gallery: &mut Gallery) {
    for (name, page) in page_samples::samples(&scene.app, "lv").await {
        gallery.add(&format!("{name}.sample"), page);
    }
}

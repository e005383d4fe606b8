//! The stories of Usher. Each runs on both back ends, as `sqlite::…` and as `postgres::…`.

mod abuse;
mod access;
mod account_pages;
mod account_settings;
mod accounts;
mod architecture;
mod browser;
mod bulk;
mod bulk_pages;
mod campaign;
mod catalogues;
mod clients;
mod console_members;
mod console_pages;
mod console_settings;
mod constraints;
mod cookies;
mod deletion;
mod delivery;
mod dialogue;
mod doorbell;
mod exposure;
mod feed;
mod following;
mod held_rows;
mod hostile;
mod http;
mod ids;
mod interruptions;
mod invariants;
mod invitation_limits;
mod inviting;
mod joining;
mod kept_input;
mod keys;
mod languages;
mod limits;
mod link_requests;
mod links;
mod lists;
mod live;
mod locations;
mod mail_checks;
mod mail_command;
mod mails;
mod member_locations;
mod members;
mod merging;
mod metrics;
mod names;
mod operator;
mod operator_mail;
mod opt_outs;
mod outages;
mod own_templates;
mod ownership;
mod page_samples;
mod page_security;
mod password;
mod password_pages;
mod playground;
mod policy;
mod private_ca;
mod process;
mod queue;
mod races;
mod rate_limits;
mod request_ids;
mod rules;
mod schema;
mod seats;
mod slow_clients;
mod sockets;
mod statements;
mod states;
mod strangers;
mod sweeping;
mod test_mail;
mod too_much;
mod variables;
mod waiting;
mod workspaces;

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use libtest_mimic::Arguments;
use tests::{Backends, trials};

/// More stories at once only wait for each other.
const THREADS: usize = 8;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let processors = thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(processors.min(THREADS));
    // Dropped before the end: that stops the servers.
    let backends = Arc::new(Backends::default());
    let modules = [
        ("abuse", abuse::STORIES),
        ("access", access::STORIES),
        ("access", access::audit::STORIES),
        ("account_pages", account_pages::STORIES),
        ("account_settings", account_settings::STORIES),
        ("accounts", accounts::STORIES),
        ("architecture", architecture::STORIES),
        ("browser", browser::administrator::STORIES),
        ("browser", browser::every_page::STORIES),
        ("browser", browser::invited::STORIES),
        ("browser", browser::keyboard::STORIES),
        ("browser", browser::live_pages::STORIES),
        ("browser", browser::other_ways::STORIES),
        ("browser", browser::pictures::STORIES),
        ("bulk", bulk::STORIES),
        ("bulk_pages", bulk_pages::STORIES),
        ("campaign", campaign::STORIES),
        ("catalogues", catalogues::STORIES),
        ("clients", clients::STORIES),
        ("console_members", console_members::STORIES),
        ("console_pages", console_pages::STORIES),
        ("console_settings", console_settings::STORIES),
        ("constraints", constraints::STORIES),
        ("cookies", cookies::STORIES),
        ("deletion", deletion::STORIES),
        ("delivery", delivery::STORIES),
        ("dialogue", dialogue::STORIES),
        ("doorbell", doorbell::STORIES),
        ("exposure", exposure::STORIES),
        ("feed", feed::STORIES),
        ("following", following::STORIES),
        ("hostile", hostile::STORIES),
        ("http", http::STORIES),
        ("ids", ids::STORIES),
        ("interruptions", interruptions::STORIES),
        ("invariants", invariants::STORIES),
        ("invitation_limits", invitation_limits::STORIES),
        ("inviting", inviting::STORIES),
        ("joining", joining::STORIES),
        ("held_rows", held_rows::STORIES),
        ("kept_input", kept_input::STORIES),
        ("kept_input", kept_input::programs::STORIES),
        ("keys", keys::STORIES),
        ("languages", languages::STORIES),
        ("limits", limits::STORIES),
        ("link_requests", link_requests::STORIES),
        ("links", links::STORIES),
        ("lists", lists::STORIES),
        ("live", live::STORIES),
        ("locations", locations::STORIES),
        ("mail_checks", mail_checks::STORIES),
        ("mail_command", mail_command::STORIES),
        ("mails", mails::STORIES),
        ("member_locations", member_locations::STORIES),
        ("members", members::STORIES),
        ("merging", merging::STORIES),
        ("metrics", metrics::STORIES),
        ("metrics", metrics::programs::STORIES),
        ("names", names::STORIES),
        ("operator", operator::STORIES),
        ("opt_outs", opt_outs::STORIES),
        ("operator_mail", operator_mail::STORIES),
        ("outages", outages::STORIES),
        ("own_templates", own_templates::STORIES),
        ("ownership", ownership::STORIES),
        ("page_samples", page_samples::STORIES),
        ("page_security", page_security::STORIES),
        ("password", password::STORIES),
        ("password_pages", password_pages::STORIES),
        ("playground", playground::STORIES),
        ("playground", playground::programs::STORIES),
        ("policy", policy::STORIES),
        ("private_ca", private_ca::STORIES),
        ("process", process::STORIES),
        ("queue", queue::STORIES),
        ("races", races::STORIES),
        ("rate_limits", rate_limits::STORIES),
        ("request_ids", request_ids::STORIES),
        ("rules", rules::STORIES),
        ("schema", schema::STORIES),
        ("seats", seats::STORIES),
        ("slow_clients", slow_clients::STORIES),
        ("sockets", sockets::STORIES),
        ("statements", statements::STORIES),
        ("states", states::STORIES),
        ("strangers", strangers::STORIES),
        ("sweeping", sweeping::STORIES),
        ("test_mail", test_mail::STORIES),
        ("too_much", too_much::STORIES),
        ("variables", variables::STORIES),
        ("waiting", waiting::STORIES),
        ("workspaces", workspaces::STORIES),
    ];
    let trials = modules.iter().flat_map(|(module, stories)| trials(&backends, module, stories)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

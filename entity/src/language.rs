//! The languages that Usher speaks.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A language of pages and mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English: what everybody gets of whom nothing else is known.
    #[default]
    #[sea_orm(string_value = "en")]
    En,
    /// Latvian.
    #[sea_orm(string_value = "lv")]
    Lv,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Lv];

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Lv => "lv",
        }
    }

    /// The language with this tag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }
}

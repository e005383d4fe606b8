//! The few kinds of column every table is made of, so that both databases get the same.

use sea_orm_migration::{prelude::*, schema};

pub(crate) use schema::{
    big_integer, big_integer_null, binary_len as bytes, integer, json_binary as json, json_binary_null as json_null,
    pk_uuid as id, text, text_null, timestamp_with_time_zone as time, timestamp_with_time_zone_null as time_null, uuid,
    uuid_null,
};

/// A text column that holds one of `values`; the database refuses any other.
pub(crate) fn one_of(name: &'static str, values: &[&'static str]) -> ColumnDef {
    text(name).check(Expr::col(name).is_in(values.iter().copied())).take()
}

/// Like [`one_of`], or nothing.
pub(crate) fn one_of_null(name: &'static str, values: &[&'static str]) -> ColumnDef {
    text_null(name).check(Expr::col(name).is_in(values.iter().copied())).take()
}

/// A reference from `table.column` to `target.id`.
pub(crate) fn reference(
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").on_delete(on_delete).take()
}

/// An index of `table` over `columns`.
pub(crate) fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

//! A database of every earlier schema brought to this one: its rows are there, this server reads them, and an earlier server
//! goes on working on it. The schema only grows; there is no way back to take, the earlier server is started again.

use std::collections::BTreeMap;

use medrecord_common::auth::{Clinician, Role};
use medrecord_common::ids::NoteId;
use medrecord_common::note::{NoteState, WorklistItem};
use medrecord_common::page::Page;
use medrecord_common::transcript::Transcript;
use medrecord_server::MIGRATOR;
use serde::Deserialize;
use serde_json::Value;
use sqlx::migrate::Migrator;
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Either, Executor as _, PgPool, Statement as _,
    TypeInfo as _,
};

use crate::support::app::{TestApp, password_hash};

const ROWS: &str = include_str!("rows.sql");

/// What the last server of each earlier schema asked of its database: the queries in `server/.sqlx` of the commit before
/// the next migration. A new migration adds those of the commit before it.
const STATEMENTS: &str = include_str!("statements.json");

#[derive(Deserialize)]
struct Asked {
    schema: usize,
    sql: String,
}

#[sqlx::test(migrations = false)]
async fn what_an_earlier_server_asks_means_the_same_on_this_schema(pool: PgPool) {
    let asked: Vec<Asked> = serde_json::from_str(STATEMENTS).unwrap();
    let mut meant = Vec::new();
    for schema in 1..=MIGRATOR.migrations.len() {
        bring_to(&pool, schema).await;
        let asked: Vec<_> = asked.iter().filter(|one| one.schema == schema).collect();
        let meanings = meanings(&pool, asked.iter().map(|one| one.sql.as_str())).await;
        meant.extend(asked.into_iter().map(|one| one.sql.as_str()).zip(meanings));
    }
    assert_eq!(meant.len(), asked.len());
    let now = meanings(&pool, meant.iter().map(|(sql, _)| *sql)).await;
    for ((sql, then), now) in meant.into_iter().zip(now) {
        assert_eq!(now, then, "{sql}");
    }
}

#[sqlx::test(migrations = false)]
async fn rows_of_every_earlier_schema_come_through_and_an_earlier_server_writes_on(pool: PgPool) {
    for schema in 1..MIGRATOR.migrations.len() {
        pool.execute("drop schema public cascade; create schema public").await.unwrap();
        bring_to(&pool, schema).await;
        write(&pool, "01").await;
        let before = contents(&pool).await;
        MIGRATOR.run(&pool).await.unwrap();
        let after = contents(&pool).await;
        for (table, rows) in before.into_iter().filter(|(_, rows)| !rows.is_empty()) {
            assert_eq!(as_before(&after[&table], &rows), rows, "{table}, from schema {schema}");
        }
        write(&pool, "02").await;
    }
    let app = TestApp::start(pool).await;
    for n in ["01", "02"] {
        is_read(&app, n).await;
    }
}

/// This server shows what an earlier one wrote.
async fn is_read(app: &TestApp, n: &str) {
    let id = |last: &str| format!("0193b1a0-0000-7000-8000-{n}000000000{last}");
    let clinician = Clinician {
        id: id("1").parse().unwrap(),
        name: "Dr. Okafor".to_owned(),
        email: format!("okafor{n}@clinic.test"),
        role: Role::Clinician,
    };
    let browser = app.browser(&clinician).await;
    let worklist: Page<WorklistItem> = browser.get("/worklist").await.json();
    let note: NoteId = id("a").parse().unwrap();
    let row = worklist.items.iter().find(|row| row.note == Some(note)).unwrap();
    assert_eq!(row.patient.as_ref().unwrap().name.as_str(), "Hale, Robert");
    let note = browser.note(note).await;
    assert_eq!((note.version, note.state), (1, NoteState::Draft));
    let sentence = &note.content.sections[0].sentences[0];
    assert_eq!(sentence.text.as_str(), "Blood pressure is normal.");
    let path = format!("/recordings/{}/transcript", id("6"));
    let transcript: Transcript = browser.get(&path).await.json();
    assert_eq!(transcript.segments.len(), 1);
}

async fn bring_to(pool: &PgPool, schema: usize) {
    let migrations = MIGRATOR.migrations[..schema].to_vec().into();
    Migrator { migrations, ..Migrator::DEFAULT }.run(pool).await.unwrap();
}

async fn write(pool: &PgPool, n: &str) {
    let rows = ROWS.replace("{n}", n).replace("{hash}", password_hash());
    pool.execute(AssertSqlSafe(rows)).await.unwrap();
}

/// All rows, by table.
async fn contents(pool: &PgPool) -> BTreeMap<String, Vec<Value>> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_name <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut contents = BTreeMap::new();
    for table in tables {
        let sql = format!("select to_jsonb(t) from {table} t order by to_jsonb(t)::text");
        let rows =
            sqlx::query_scalar::<_, Value>(AssertSqlSafe(sql)).persistent(false).fetch_all(pool);
        contents.insert(table, rows.await.unwrap());
    }
    contents
}

/// Without the columns that came later.
fn as_before(rows: &[Value], before: &[Value]) -> Vec<Value> {
    let columns = before[0].as_object().unwrap();
    let row = |row: &Value| {
        let row = row.as_object().unwrap().iter();
        row.filter(|(column, _)| columns.contains_key(*column))
            .map(|(column, value)| (column.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut rows: Vec<Value> = rows.iter().map(row).collect();
    let place = |row: &Value| before.iter().position(|one| one == row);
    rows.sort_by_key(place);
    rows
}

/// Parameters and columns with their types, as PostgreSQL understands each statement on a connection that knows none yet.
async fn meanings<'a>(pool: &PgPool, statements: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut connection = pool.connect_options().connect().await.unwrap();
    let mut meanings = Vec::new();
    for sql in statements {
        let statement = AssertSqlSafe(sql.to_owned());
        let statement = connection.prepare(sqlx::SqlSafeStr::into_sql_str(statement)).await;
        let statement = statement.unwrap_or_else(|error| panic!("{error}: {sql}"));
        let Some(Either::Left(parameters)) = statement.parameters() else {
            panic!("PostgreSQL names the types of parameters")
        };
        let parameters: Vec<_> = parameters.iter().map(|one| one.name()).collect();
        let columns = statement.columns().iter();
        let columns: Vec<_> = columns.map(|one| (one.name(), one.type_info().name())).collect();
        meanings.push(format!("{parameters:?} -> {columns:?}"));
    }
    meanings
}

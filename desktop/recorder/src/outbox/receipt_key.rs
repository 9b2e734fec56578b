//! Table `receipt_key`: the keys whose receipts are believed, a clinician's and server's.

use medrecord_common::ids::ClinicianId;
use medrecord_common::receipt::ReceiptKey;
use rusqlite::Connection;

use super::{Account, Outbox, OutboxError};

impl Outbox {
    /// Pins successors beside the keys that signed for them.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) fn pin_receipt_keys(
        &self,
        account: &Account,
        successors: &[ReceiptKey],
    ) -> Result<(), OutboxError> {
        self.write(|transaction| add(transaction, account, successors))
    }
}

/// The oldest first.
pub(super) fn of(
    connection: &Connection,
    clinician: ClinicianId,
    server: &str,
) -> Result<Vec<ReceiptKey>, OutboxError> {
    let mut statement = connection.prepare_cached(
        "SELECT kid, x FROM receipt_key WHERE clinician = ?1 AND server = ?2 ORDER BY rowid",
    )?;
    let keys = statement.query_map((clinician.0, server), |row| {
        Ok(ReceiptKey { kid: row.get(0)?, x: row.get(1)? })
    })?;
    Ok(keys.collect::<Result<_, _>>()?)
}

pub(super) fn add(
    connection: &Connection,
    account: &Account,
    keys: &[ReceiptKey],
) -> Result<(), OutboxError> {
    for key in keys {
        connection.execute(
            "INSERT INTO receipt_key (clinician, server, kid, x) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (clinician, server, kid) DO UPDATE SET x = excluded.x",
            (account.clinician.0, &account.server, &key.kid, &key.x),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use medrecord_common::receipt::ReceiptKey;

    use crate::outbox::Account;
    use crate::outbox::tests::{Bench, account};

    fn key(kid: &str, x: &str) -> ReceiptKey {
        ReceiptKey { kid: kid.to_owned(), x: x.to_owned() }
    }

    #[test]
    fn keys_are_pinned_beside_each_other_and_only_for_their_server() {
        let outbox = Bench::new().outbox;
        let home = Account { receipt_keys: vec![key("k1", "1")], ..account() };
        let pinned = || outbox.current_account().unwrap().unwrap().receipt_keys;
        outbox.enrol(&home).unwrap();
        outbox.pin_receipt_keys(&home, &[key("k2", "2"), key("k3", "3")]).unwrap();
        assert_eq!(pinned(), [key("k1", "1"), key("k2", "2"), key("k3", "3")]);

        // Signed in again: the server's word with the password counts, and old receipts stay true.
        let again = Account { receipt_keys: vec![key("k4", "4")], ..home.clone() };
        outbox.enrol(&again).unwrap();
        assert_eq!(pinned().len(), 4);
        let other = Account {
            server: "https://other.example".to_owned(),
            receipt_keys: vec![key("k1", "another")],
            ..home
        };
        outbox.enrol(&other).unwrap();
        assert_eq!(pinned(), other.receipt_keys);
        outbox.enrol(&again).unwrap();
        assert_eq!(pinned()[0], key("k1", "1"));
    }
}

//! From the receipt key that was pinned at enrolment to the one that signs today: each signs for the next.

use jsonwebtoken::decode_header;
use medrecord_common::receipt::{ReceiptKey, SUCCESSION_TYPE};

use super::receipt::{ReceiptError, signed_by};

/// The keys that follow from those that are pinned, the nearest first. Links between keys of before the pinned one say
/// nothing here.
///
/// # Errors
/// When a link does not bear the signature of the pinned key that it names, or gives a pinned name to another key: then
/// nothing of what the server told is believed.
pub(super) fn follow(
    pinned: &[ReceiptKey],
    successions: &[String],
) -> Result<Vec<ReceiptKey>, ReceiptError> {
    let mut known = pinned.to_vec();
    for jws in successions {
        let header = decode_header(jws).map_err(|_| ReceiptError::ForgedKey)?;
        let Some(signer) = known.iter().find(|key| header.kid.as_ref() == Some(&key.kid)) else {
            continue;
        };
        let is_succession = header.typ.as_deref() == Some(SUCCESSION_TYPE);
        let successor: Option<ReceiptKey> = signed_by(signer, jws).filter(|_| is_succession);
        let successor = successor.ok_or(ReceiptError::ForgedKey)?;
        match known.iter().find(|key| key.kid == successor.kid) {
            Some(there) if *there != successor => return Err(ReceiptError::ForgedKey),
            Some(_) => {}
            None => known.push(successor),
        }
    }
    Ok(known.split_off(pinned.len()))
}

#[cfg(test)]
mod tests {
    use medrecord_common::receipt::{ReceiptKey, SUCCESSION_TYPE};
    use proptest::prelude::*;

    use super::follow;
    use crate::sync::receipt::ReceiptError;
    use crate::sync::receipt::tests::Signer;

    fn signers() -> Vec<Signer> {
        ["k1", "k2", "k3", "k4"].map(Signer::new).into()
    }

    fn link(from: &Signer, to: &Signer) -> String {
        from.sign_as(SUCCESSION_TYPE, &to.public)
    }

    fn chain(signers: &[Signer]) -> Vec<String> {
        signers.windows(2).map(|pair| link(&pair[0], &pair[1])).collect()
    }

    fn publics(signers: &[Signer]) -> Vec<ReceiptKey> {
        signers.iter().map(|signer| signer.public.clone()).collect()
    }

    #[test]
    fn from_whichever_key_is_pinned_all_later_ones_follow_and_no_earlier_one() {
        let signers = signers();
        for pinned in 0..signers.len() {
            let found = follow(&publics(&signers[pinned..=pinned]), &chain(&signers)).unwrap();
            assert_eq!(found, publics(&signers[pinned + 1..]), "pinned: {pinned}");
        }
        let all = publics(&signers);
        assert_eq!(follow(&all, &chain(&signers)).unwrap(), [], "nothing is new");
        assert_eq!(follow(&all[..2], &chain(&signers)).unwrap(), all[2..]);
    }

    #[test]
    fn a_chain_that_begins_elsewhere_leads_nowhere() {
        let (ours, others) = (signers(), signers());
        let pinned = [Signer::new("k0").public];
        assert_eq!(follow(&pinned, &chain(&ours)).unwrap(), []);
        assert_eq!(follow(&pinned, &[]).unwrap(), []);
        // Of the same names, and of others' making.
        let pinned = publics(&ours[..1]);
        assert_eq!(follow(&pinned, &chain(&others)), Err(ReceiptError::ForgedKey));
    }

    #[test]
    fn a_forged_link_voids_all_that_the_server_told() {
        let signers = signers();
        let pinned = publics(&signers[..1]);
        let good = chain(&signers);
        let mallory = Signer::new("k2");
        let forged = [
            // Signed by another key under the name of the one before.
            link(&mallory, &signers[2]),
            // A name that is known, for another key.
            link(&signers[1], &Signer::new("k1")),
            // No succession, but signed by the right key.
            signers[1].sign_as("receipt+jwt", &signers[2].public),
            // Cut off.
            good[1][..good[1].len() - 4].to_owned(),
            "a.b.c".to_owned(),
            String::new(),
        ];
        for link in forged {
            let told = [good[0].clone(), link.clone(), good[2].clone()];
            assert_eq!(follow(&pinned, &told), Err(ReceiptError::ForgedKey), "{link}");
        }
    }

    #[test]
    fn a_loop_ends_and_adds_nothing() {
        let signers = signers();
        let mut told = chain(&signers[..3]);
        told.push(link(&signers[2], &signers[0]));
        told.extend(chain(&signers[..3]));
        assert_eq!(follow(&publics(&signers[..1]), &told).unwrap(), publics(&signers[1..3]));
    }

    proptest! {
        /// Whatever is left out, doubled or mixed up: only keys of the chain are ever believed, and each only when
        /// a link leads to it from one that was.
        #[test]
        fn only_what_a_known_key_signed_for_is_ever_believed(
            pinned in 0_usize..4,
            told in prop::collection::vec((0_usize..4, 0_usize..4), 0..12),
        ) {
            let signers = signers();
            let links: Vec<_> = told.iter().map(|(a, b)| link(&signers[*a], &signers[*b])).collect();
            let found = follow(&publics(&signers[pinned..=pinned]), &links).unwrap();
            let mut known = vec![pinned];
            for (from, to) in told {
                if known.contains(&from) && !known.contains(&to) {
                    known.push(to);
                }
            }
            let expected: Vec<_> = known[1..].iter().map(|at| signers[*at].public.clone()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}

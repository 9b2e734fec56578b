//! Bouncing, and that nothing is ever stuck.

use proptest::prelude::*;

use super::*;

const RECORD: Buttons = Buttons::of(&[Button::Record]);

fn ms(after: u64) -> Duration {
    Duration::from_millis(after)
}

#[test]
fn down_counts_at_once_and_up_when_it_has_lasted() {
    let (mut edges, start) = (Edges::default(), Instant::now());
    assert_eq!(edges.report(RECORD, start), [Edge::Down(Button::Record)]);
    assert_eq!(edges.report(RECORD, start + ms(1)), [], "a repeated report is no second press");
    assert_eq!(edges.report(Buttons::NONE, start + ms(500)), []);
    assert!(edges.is_settling());
    assert_eq!(edges.settle(start + ms(559)), []);
    assert_eq!(edges.settle(start + ms(560)), [Edge::Up(Button::Record)]);
    assert!(!edges.is_settling());
}

#[test]
fn a_contact_that_bounces_is_one_press() {
    let (mut edges, start) = (Edges::default(), Instant::now());
    let mut seen = Vec::new();
    for (at, down) in
        [(0, RECORD), (4, Buttons::NONE), (9, RECORD), (700, Buttons::NONE), (705, RECORD)]
    {
        seen.extend(edges.report(down, start + ms(at)));
    }
    seen.extend(edges.settle(start + ms(5_000)));
    assert_eq!(seen, [Edge::Down(Button::Record)], "still down, and held all the time");
}

#[test]
fn a_press_after_a_release_that_nobody_waited_for_is_a_second_one() {
    let (mut edges, start) = (Edges::default(), Instant::now());
    edges.report(RECORD, start);
    edges.report(Buttons::NONE, start + ms(100));
    let seen = edges.report(RECORD, start + ms(300));
    assert_eq!(seen, [Edge::Up(Button::Record), Edge::Down(Button::Record)]);
}

fn buttons() -> impl Strategy<Value = Buttons> {
    prop::collection::vec(0..Button::ALL.len(), 0..4).prop_map(|some| {
        some.into_iter().fold(Buttons::NONE, |set, n| set.with(Buttons::of(&[Button::ALL[n]])))
    })
}

proptest! {
    /// Whatever was reported, when, and whether anybody looked in between.
    #[test]
    fn keys_go_down_and_up_by_turns_and_end_as_they_are(
        reports in prop::collection::vec((buttons(), 0_u64..200, any::<bool>()), 0..60),
    ) {
        let (mut edges, mut now) = (Edges::default(), Instant::now());
        let (mut seen, mut last) = (Vec::new(), Buttons::NONE);
        for (down, after, is_looked_at) in reports {
            now += ms(after);
            last = down;
            if is_looked_at {
                seen.extend(edges.settle(now));
            }
            seen.extend(edges.report(down, now));
        }
        seen.extend(edges.settle(now + SETTLE));
        for button in Button::ALL {
            let own: Vec<&Edge> = seen
                .iter()
                .filter(|edge| matches!(edge, Edge::Down(of) | Edge::Up(of) if *of == button))
                .collect();
            for (n, edge) in own.iter().enumerate() {
                prop_assert_eq!(matches!(edge, Edge::Down(_)), n % 2 == 0, "{:?}", &own);
            }
            prop_assert_eq!(own.len() % 2 == 1, last.has(button));
            prop_assert_eq!(edges.is_down(button), last.has(button));
        }
    }
}

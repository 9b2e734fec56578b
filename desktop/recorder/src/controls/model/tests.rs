//! Answers as `speechmike_hid_device_test.ts` of the source has them.

use super::*;

#[test]
fn models_are_told_apart_as_they_answer() {
    let ask = |command| Some(Answer::Ask(vec![0, command, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(hear(&[0x83, 0, 0, 0, 1, 0, 50, 1, 149]), ask(0x8B));
    assert_eq!(hear(&[0x83, 2, 0, 0, 0, 0, 50, 0, 85]), ask(0x87));
    let models: [(&[u8], Slider); 7] = [
        (&[0x87, 0, 0, 0, 0, 0, 0, 12, 128], Slider::None),
        (&[0x87, 0, 0, 0, 0, 0, 0, 12, 138], Slider::Record),
        (&[0x87, 0, 0, 0, 0, 0, 0, 12, 148], Slider::Beside),
        (&[0x8B, 0, 0, 0, 0, 0, 14, 116, 0], Slider::None),
        (&[0x8B, 0, 0, 0, 0, 0, 14, 136, 0], Slider::Beside),
        (&[0x8B, 0, 15, 170, 14, 126, 13, 182, 0], Slider::Record),
        (&[0x8B, 1, 15, 170, 14, 126, 13, 182, 0], Slider::None),
    ];
    for (report, slider) in models {
        assert_eq!(hear(report), Some(Answer::Slider(slider)), "{report:?}");
    }
    assert_eq!(hear(&[0x80, 0, 0, 0, 0, 0, 0, 0, 1]), None);
}

fn main() {
    let mut seed = 1_u32;
    let mut noise = move |amplitude: i32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((seed >> 16) as i32 % (2 * amplitude) - amplitude) as i16
    };
    for amp in [10, 100, 1000, 10000] {
        let mut d = earshot::Detector::default();
        let scores: Vec<f32> = (0..2500)
            .map(|_| {
                let f: Vec<i16> = (0..256).map(|_| noise(amp)).collect();
                d.predict_i16(&f)
            })
            .collect();
        let mut sorted = scores.clone();
        sorted.sort_by(f32::total_cmp);
        println!(
            "{amp}: >0.5: {} idx {:?} max {} p99 {}",
            scores.iter().filter(|s| **s >= 0.5).count(),
            scores
                .iter()
                .enumerate()
                .filter(|s| *s.1 >= 0.5)
                .map(|s| s.0)
                .take(30)
                .collect::<Vec<_>>(),
            sorted[2499],
            sorted[2475]
        );
    }
    // pink-ish
    let note = include_bytes!("../../fixtures/progress-note.flac");
    let pcm = medrecord_common::audio::flac::decode_up_to(note, 16_000 * 600).unwrap();
    for gain in [1.0, 0.1, 0.03, 0.01, 0.003] {
        let mut d = earshot::Detector::default();
        let t = std::time::Instant::now();
        let scores: Vec<f32> = pcm
            .chunks_exact(256)
            .map(|f| {
                let f: Vec<i16> = f.iter().map(|s| (*s as f32 * gain) as i16 + noise(8)).collect();
                d.predict_i16(&f)
            })
            .collect();
        println!(
            "speech gain {gain}: share {} {} s, first {:?} {:?}",
            scores.iter().filter(|s| **s >= 0.5).count() as f32 / scores.len() as f32,
            pcm.len() / 16000,
            scores.iter().position(|s| *s >= 0.5),
            t.elapsed()
        );
    }
}

//! An alarm is also heard: two short tones, because nobody looks at the window while dictating.
//!
//! Not by the window: WebKit waits for ever for a loudspeaker that is not there (seen with WebKitGTK 2.4x and a sound
//! server without a sink), and the window with it, at the moment at which the microphone is gone as well.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{Device, ErrorKind, FromSample, SampleFormat, SizedSample, Stream, StreamConfig};

use super::connection;

const TONES_HZ: [f32; 2] = [880.0, 660.0];
const TONE_S: f32 = 0.18;
const VOLUME: f32 = 0.2;
/// At its ends a tone swells and fades for so long: without, it clicks.
const FADE_S: f32 = 0.01;
/// The tones, and what a sound server takes to begin.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sounds the alarm in a thread of its own; without a loudspeaker, nothing happens.
pub fn sound_alarm() {
    let thread = std::thread::Builder::new().name("alarm".to_owned());
    let played = thread.spawn(|| {
        if let Err(error) = play() {
            tracing::debug!(%error, "the alarm is not heard");
        }
    });
    if let Err(error) = played {
        tracing::debug!(%error, "no thread for the alarm");
    }
}

fn play() -> Result<(), cpal::Error> {
    let device = connection::host()
        .and_then(|host| host.default_output_device())
        .ok_or_else(|| cpal::Error::new(ErrorKind::DeviceNotAvailable))?;
    let supported = device.default_output_config()?;
    let (over, ended) = sync_channel(1);
    let stream = build(&device, supported.config(), supported.sample_format(), over)?;
    stream.play()?;
    wait(&ended);
    Ok(())
}

fn wait(ended: &Receiver<()>) {
    let _ = ended.recv_timeout(PATIENCE);
    // What was handed out last is still to be heard.
    std::thread::park_timeout(Duration::from_millis(200));
}

fn build(
    device: &Device,
    config: StreamConfig,
    format: SampleFormat,
    over: SyncSender<()>,
) -> Result<Stream, cpal::Error> {
    match format {
        SampleFormat::I16 => build_as::<i16>(device, config, over),
        SampleFormat::I32 => build_as::<i32>(device, config, over),
        SampleFormat::U8 => build_as::<u8>(device, config, over),
        SampleFormat::F32 => build_as::<f32>(device, config, over),
        _ => Err(cpal::Error::new(ErrorKind::UnsupportedConfig)),
    }
}

fn build_as<T: SizedSample + FromSample<f32>>(
    device: &Device,
    config: StreamConfig,
    over: SyncSender<()>,
) -> Result<Stream, cpal::Error> {
    let (rate, channels) = (config.sample_rate as f32, usize::from(config.channels));
    let failed = over.clone();
    let mut at = 0;
    let fill = move |frames: &mut [T], _: &cpal::OutputCallbackInfo| {
        for frame in frames.chunks_mut(channels.max(1)) {
            let sample = tone(at as f32 / rate);
            frame.fill(T::from_sample_(sample.unwrap_or(0.0)));
            if sample.is_none() {
                let _ = over.try_send(());
            }
            at += 1;
        }
    };
    device.build_output_stream(
        config,
        fill,
        move |_| {
            let _ = failed.try_send(());
        },
        None,
    )
}

/// What is heard so many seconds after the beginning; none when it is over.
fn tone(at_s: f32) -> Option<f32> {
    let hertz = TONES_HZ.get((at_s / TONE_S) as usize)?;
    let within = at_s % TONE_S;
    let swell = (within / FADE_S).min((TONE_S - within) / FADE_S).clamp(0.0, 1.0);
    Some(VOLUME * swell * (std::f32::consts::TAU * hertz * within).sin())
}

#[cfg(test)]
mod tests {
    use super::{TONE_S, VOLUME, tone};

    #[test]
    fn two_tones_without_a_click_and_then_silence() {
        let samples: Vec<_> = (0..48_000).map_while(|n| tone(n as f32 / 48_000.0)).collect();
        assert!((samples.len() as f32 / 48_000.0 - 2.0 * TONE_S).abs() < 0.001);
        assert!(samples.iter().all(|sample| sample.abs() <= VOLUME));
        let loudest = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest > 0.9 * VOLUME);
        // A step of the loudest tone at 48 kHz is 0.12 of its height.
        let jumps = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(jumps.fold(0.0_f32, f32::max) < 0.13 * VOLUME);
    }
}

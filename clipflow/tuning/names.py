"""The names of the engine's options in the API, which speaks of durations where the engine's are shorter."""

ENGINE_NAMES = {
    "vad_aggressiveness": "vad_aggressiveness",
    "min_silence_duration_ms": "min_silence_ms",
    "min_speech_duration_ms": "min_speech_ms",
    "speech_pad_start_ms": "speech_pad_start_ms",
    "speech_pad_end_ms": "speech_pad_end_ms",
    "silence_threshold_db": "silence_threshold_db",
    "above_room_db": "above_room_db",
    "keep_pause_ms": "keep_pause_ms",
    "audio_track": "audio_track",
    "audio_channel": "audio_channel",
}
API_NAMES = {name: api_name for api_name, name in ENGINE_NAMES.items()}

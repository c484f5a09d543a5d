//! The laptop: one command brings up Deskhand and plays its main job.

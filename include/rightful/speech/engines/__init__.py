"""Speech engines behind one protocol (:mod:`rightful.speech.engines.base`). A module is imported when its engine is."""

"""The demo clinic: Harbour Lane Physiotherapy, its people and six months of its work, dated back from today."""

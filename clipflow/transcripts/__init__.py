"""What is said in recordings: transcripts made by a service or imported, searched, corrected, named by speaker."""

"""What is made of a recording to look at it and to play it: pictures, and a copy that every browser plays."""

"""What is made from a recording to look at it and to play it: pictures, and a copy that every browser plays."""

"""What packages of open images own, promise and went through; asks the files again."""

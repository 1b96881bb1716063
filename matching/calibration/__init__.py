"""What a linkage's accuracy may be, said without labels (无标注校准): precision, recall, what is missed, who cannot be linked."""

"""What a PACS takes home: one module per DICOM object, each turns an outcome into instances of the fixed study."""

"""The published language: identifiers, reasons and faults that everybody may know."""

"""Where training pairs come from: Learn2Reg data sets, folders of pairs, deformed volumes with a known field."""

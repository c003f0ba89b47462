"""EEG and ERP benchmark: manual features, deep models and foundation models on equal terms."""

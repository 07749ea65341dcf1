"""The meaning of a sentence as numbers: all-MiniLM-L6-v2, run by ONNX Runtime on one thread.

`weights` finds the published weights and checks them, `network` writes them as an ONNX graph at
training time, `encoder` runs that graph from the model archive, `featurizer` is Rasa's view of it.
"""

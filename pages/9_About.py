"""About: what this app is, and the words that its pages use."""

import streamlit as st

from recognizer.ui.navigation import set_up_page

ABOUT = """
You draw a digit, and a convolutional neural network reads it. The app says how sure it is, and when
it cannot tell. The other pages show where each network fails, and why. What you draw is kept only
if you say so: with *Correct*, a digit or *Not a digit* below a reading, or with the switch *Keep my
drawings*.

#### The words on these pages

- **MNIST** is a collection of 70,000 images of handwritten digits from the 1990s, on which
  networks are trained and compared ([Wikipedia](https://en.wikipedia.org/wiki/MNIST_database)).
- A **model** is a network with the weights that it learned from such images; the one that reads
  for everyone is the *active model*
  ([3Blue1Brown explains how a network learns](https://www.3blue1brown.com/topics/neural-networks)).
- A **recipe** says how a model is made: the layers of its network, its optimizer, and how long it
  is trained on which images ([Keras explains layers](https://keras.io/guides/sequential_model/)).
- **F1** is one figure for how well a digit is read: it is high only if few other digits are taken
  for it (*precision*) and few of it are missed (*recall*;
  [Wikipedia](https://en.wikipedia.org/wiki/F-score)).
- **Calibration** makes confidence mean what it says: of all readings that are 90% sure, nine in ten
  are correct ([Guo and others, 2017](https://arxiv.org/abs/1706.04599)).
"""

set_up_page("About", wide=False)
st.title("About", anchor=False)
st.markdown(ABOUT)
